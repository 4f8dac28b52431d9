import Dispatch
import Foundation
import HTTP
import HTTPTypes
import JSON
import Jobs
import Service
import Testing

/// Making, looking at, waiting for, cancelling and deleting jobs.
@Suite struct JobRouteTests {
    private static let prefer = HTTPField.Name("Prefer")!
    private static let key = HTTPField.Name("Idempotency-Key")!

    @Test func aJobIsAcceptedRunsAndIsDescribed() async throws {
        let bench = try RoutingBench()
        let accepted = await bench.post(#"{"steps":3,"seed":200,"count":2}"#)
        #expect(accepted.status == 202)
        let id = try #require(accepted["id"]?.string)
        #expect(JobID(id) != nil)
        #expect(accepted[field: "Location"] == "/v1/jobs/\(id)")
        #expect(accepted[field: "Retry-After"].flatMap { Int($0) } ?? 0 >= 1)
        #expect(accepted["kind"] == "generation")
        #expect(accepted["request"]?["seed"] == "200")
        #expect(accepted["request"]?["width"] == 32, "defaults are filled in")
        #expect(accepted["model"]?["name"] == "chest")
        #expect(accepted["urls"]?["self"] == .string("/v1/jobs/\(id)"))

        let ended = try await bench.end(of: id)
        #expect(ended["status"] == "succeeded")
        #expect(ended[field: "Retry-After"] == nil)
        #expect(ended["progress"] == ["step": 3, "steps": 3, "images_done": 2, "images": 2])
        #expect(ended["timing"]?["network_calls"] == 6)
        #expect(ended["attempt"] == 1)
        #expect(ended["queue_position"] == .null)
        #expect(ended["eta_seconds"] == .null)
        let images = try #require(ended["images"]?.array)
        #expect(images.map { $0["seed"] } == ["200", "201"])
        #expect(images.map { $0["index"] } == [0, 1])
        #expect(images[1]["url"] == .string("/v1/jobs/\(id)/images/1"))
        let times = ["created_at", "started_at", "finished_at"].map { ended[$0]?.string ?? "" }
        #expect(times == times.sorted() && times.allSatisfy { $0.hasSuffix("Z") && $0.utf8.count == 24 })
    }

    @Test func aFailedJobCarriesAProblem() async throws {
        let bench = try RoutingBench()
        let ended = try await bench.end(of: bench.submit("{\"seed\":\(StillEngine.unluckySeed)}"))
        #expect(ended.status == 200)
        #expect(ended["status"] == "failed")
        #expect(ended["error"]?["type"] == "urn:phantom:problem:job-failed")
        #expect(ended["error"]?["status"] == 500)
        #expect(ended["images"] == [])
    }

    // MARK: Waiting

    @Test func preferWaitAnswersWithTheFinishedJob() async throws {
        let answer = try await RoutingBench().post("{}", [Self.prefer: "respond-async, wait=50"])
        #expect(answer.status == 200)
        #expect(answer["status"] == "succeeded")
        #expect(answer[field: "Preference-Applied"] == "wait=50")
        #expect(answer[field: "Location"] != nil)
    }

    @Test func preferWaitThatIsTooShortIs202() async throws {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        let answer = try await RoutingBench(settings).post("{}", [Self.prefer: "wait=1"])
        #expect(answer.status == 202)
        #expect(answer[field: "Preference-Applied"] == "wait=1")
        #expect(answer[field: "Retry-After"] != nil)
    }

    /// RFC 7240 section 2: parameters, quotation marks, spaces and several fields; of two values the first counts.
    @Test(arguments: [
        [#"wait="1""#], ["WAIT = 1"], ["respond-async, wait=1"], ["respond-async", "wait=1"], ["wait=1; foo=2; bar"], ["wait=1, wait=30"],
        [#"foo; a="b, wait=30", wait=1"#], [#"foo="a\"b;, wait=30", wait=1"#], ["foo; wait=30, wait=1"], [#"(, wait=1"#], [", ,wait=1"],
        [#"foo="not closed, wait=30"#, "wait=1"],
    ])
    func preferIsReadAsItsGrammarSays(_ lines: [String]) async throws {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        var fields: HTTPFields = [:]
        for line in lines { fields.append(HTTPField(name: Self.prefer, value: line)) }
        let answer = try await RoutingBench(settings).post("{}", fields)
        #expect(answer.status == 202)
        #expect(answer[field: "Preference-Applied"] == "wait=1")
    }

    /// Proxies give up on an answer after 60 s.
    @Test func noWaitIsLongerThanAProxys() async throws {
        for value in ["wait=60", "wait=3600", "wait=99999999999999999999"] {
            let answer = try await RoutingBench().post("{}", [Self.prefer: value])
            #expect(answer[field: "Preference-Applied"] == "wait=50")
        }
    }

    /// A client that has said all it had to say may close its sending side and still read.
    @Test func aClientThatClosesItsSideGetsThePresentState() async throws {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        let bench = try RoutingBench(settings)
        let fields: HTTPFields = [.contentType: "application/json", Self.prefer: "wait=50"]
        let accepted = await bench.send(
            .post, "/v1/generations", fields, bytes: Array("{}".utf8), departure: Self.departure(onceWaitedFor: bench))
        #expect(accepted.status == 202)
        let id = try #require(accepted["id"]?.string)
        // What is waited for below must not be its beginning.
        try await until { await bench.get("/v1/jobs/\(id)")["status"] == "running" && bench.board.notifications.count == 0 }
        let departure = Self.departure(onceWaitedFor: bench)
        #expect(await bench.send(.get, "/v1/jobs/\(id)?wait=50", [:], bytes: [], departure: departure).status == 200)
        // One that had closed it before anybody waited.
        let gone = Departure()
        gone.happen()
        #expect(await bench.send(.get, "/v1/jobs/\(id)?wait=50", [:], bytes: [], departure: gone).status == 200)
        try await until { bench.board.notifications.count == 0 }
    }

    /// Happens once somebody waits for a job. Watched on a thread of its own: the tasks of other tests may take the pool's.
    private static func departure(onceWaitedFor bench: RoutingBench) -> Departure {
        let departure = Departure()
        DispatchQueue.global().async {
            for _ in 0..<40_000 {
                if bench.board.notifications.count > 0 { break }
                _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(1))
            }
            departure.happen()
        }
        return departure
    }

    @Test(arguments: ["wait", "wait=", "wait=x", "wait=-1", "return=minimal", "", "wait=x, wait=5", "foo;wait=5", #"wait="5"#])
    func otherPreferencesAreIgnored(_ value: String) async throws {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        let answer = try await RoutingBench(settings).post("{}", [Self.prefer: value])
        #expect(answer.status == 202)
        #expect(answer[field: "Preference-Applied"] == nil)
    }

    @Test func aLongPollEndsWithTheNextChange() async throws {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        let bench = try RoutingBench(settings)
        let id = try await bench.submit(#"{"steps":3}"#)
        try await until { await bench.get("/v1/jobs/\(id)")["status"] == "running" }
        let before = await bench.get("/v1/jobs/\(id)")
        async let changed = bench.get("/v1/jobs/\(id)?wait=60")
        try await until { bench.board.notifications.count > 0 }
        bench.engine.open(1)
        let after = await changed
        #expect(before["progress"]?["step"] == 0)
        #expect(after["progress"]?["step"] == 1)
        #expect(after[field: "ETag"] != before[field: "ETag"])
        #expect(after[field: "Retry-After"] != nil)
        #expect(bench.board.notifications.count == 0)
    }

    @Test func aLongPollWithoutAChangeEndsWithItsTime() async throws {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        let bench = try RoutingBench(settings)
        let id = try await bench.submit()
        try await until { await bench.get("/v1/jobs/\(id)")["status"] == "running" }
        let tag = try #require(await bench.get("/v1/jobs/\(id)")[field: "ETag"])
        let start = ContinuousClock.now
        let answer = await bench.get("/v1/jobs/\(id)?wait=1", [.ifNoneMatch: tag])
        #expect(ContinuousClock.now - start >= .milliseconds(950))
        #expect(answer.status == 304)
        #expect(answer.body.isEmpty)
        #expect(answer[field: "ETag"] == tag)
    }

    @Test func aLongPollForAnotherStateThanThisAnswersAtOnce() async throws {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        let bench = try RoutingBench(settings)
        let id = try await bench.submit()
        let answer = await bench.get("/v1/jobs/\(id)?wait=60", [.ifNoneMatch: "\"another\""])
        #expect(answer.status == 200)
    }

    @Test func aStoppingServiceAnswersThoseWhoWait() async throws {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        let bench = try RoutingBench(settings)
        let id = try await bench.submit()
        try await until { await bench.get("/v1/jobs/\(id)")["status"] == "running" }
        async let waiting = bench.get("/v1/jobs/\(id)?wait=60")
        try await until { bench.board.notifications.count > 0 }
        bench.status.drain()
        bench.board.notifications.wakeAll()
        #expect(await waiting["status"] == "running")
        let refused = await bench.post("{}")
        #expect(refused.status == 503)
        #expect(refused[field: "Retry-After"] != nil)
        #expect(await bench.get("/readyz").status == 503)
        #expect(await bench.get("/livez").status == 200)
        #expect(await bench.get("/health")["health"]?["status"] == "DRAINING")
    }

    // MARK: Conditional requests

    @Test func anUnchangedJobIs304() async throws {
        let bench = try RoutingBench()
        let ended = try await bench.end(of: bench.submit())
        let path = try #require(ended["urls"]?["self"]?.string)
        let tag = try #require(ended[field: "ETag"])
        #expect(tag.hasPrefix("\"") && tag.hasSuffix("\""), "strong")
        for value in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
            #expect(await bench.get(path, [.ifNoneMatch: value]).status == 304, "\(value)")
        }
        for value in ["\"x\"", "", "x", tag.replacingOccurrences(of: "\"", with: "")] {
            #expect(await bench.get(path, [.ifNoneMatch: value]).status == 200, "\(value)")
        }
    }

    /// What is to be done to a job that has become another meanwhile is not done.
    @Test func aJobThatIsAnotherByNowIsLeftAlone() async throws {
        let bench = try RoutingBench()
        let ended = try await bench.end(of: bench.submit())
        let path = try #require(ended["urls"]?["self"]?.string)
        let tag = try #require(ended[field: "ETag"])
        for value in ["\"x\"", "W/\(tag)", "\"x\", W/\(tag)", "", "x", tag.replacing("\"", with: ""), "\"\(tag.dropFirst().prefix(4))\""] {
            for (method, place) in [(HTTPRequest.Method.delete, path), (.post, path + "/cancel"), (.post, path + "/pin"), (.delete, path + "/pin")] {
                let answer = await bench.send(method, place, [.ifMatch: value])
                #expect(answer.status == 412 && answer.isProblem, "\(method) \(place) \(value)")
                #expect(answer["type"] == "urn:phantom:problem:precondition-failed")
            }
        }
        #expect(await bench.get(path)[field: "ETag"] == tag, "nothing was done")
        #expect(await bench.send(.post, path + "/cancel", [.ifMatch: "*"]).status == 200)
        let pinned = try #require(await bench.send(.post, path + "/pin", [.ifMatch: "\"x\", \(tag)"])[field: "ETag"])
        #expect(await bench.send(.delete, path, [.ifMatch: tag]).status == 412, "it is pinned by now")
        #expect(await bench.send(.delete, path, [.ifMatch: pinned]).status == 204)
        #expect(await bench.send(.delete, path, [.ifMatch: pinned]).status == 410)
        #expect(await bench.send(.delete, "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057", [.ifMatch: "*"]).status == 404)
    }

    /// What cannot be done to a job is refused for that; and the estimate in a tag is nothing that the job is.
    @Test func aTagOfAJobThatRunsHoldsWhateverItsEstimate() async throws {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        let bench = try RoutingBench(settings)
        let running = try await bench.submit(), id = try await bench.submit()
        try await until { await bench.get("/v1/jobs/\(running)")["status"] == "running" }
        #expect(await bench.send(.delete, "/v1/jobs/\(id)", [.ifMatch: "\"x\""]).status == 409)
        let tag = try #require(await bench.get("/v1/jobs/\(id)")[field: "ETag"])
        let point = try #require(tag.lastIndex(of: "."))
        let other = String(tag[...point]) + "4711\""
        #expect(await bench.send(.post, "/v1/jobs/\(id)/cancel", [.ifMatch: "\"x\""]).status == 412)
        #expect(await bench.send(.post, "/v1/jobs/\(id)/cancel", [.ifMatch: other])["status"] == "cancelled")
    }

    // MARK: Idempotency

    /// The same values are the same request, whatever their spelling; nearly the same are another.
    @Test func keysCompareValues() async throws {
        let bench = try RoutingBench()
        let body = #"{"steps":10,"seed":18446744073709551615,"guidance":1.5,"condition":{"view":"PA"}}"#
        let id = try #require(await bench.post(body, [Self.key: "k"])["id"]?.string)
        for same in [
            #"{ "guidance": 15e-1, "condition":{"vi\u0065w":"P\u0041"}, "seed": 18446744073709551615.0, "steps" : 1.0E1 }"#,
            #"{"steps":10.0,"seed":1844674407370955161.5e1,"guidance":1.50,"condition":{"view":"PA"}}"#,
            #"{"steps":10,"seed":"18446744073709551615","guidance":1.5,"condition":{"view":"PA"}}"#,
        ] {
            let answer = await bench.post(same, [Self.key: "k"])
            #expect(answer["id"]?.string == id)
        }
        for other in [
            #"{"steps":10,"seed":18446744073709551614,"guidance":1.5,"condition":{"view":"PA"}}"#,
            #"{"steps":10,"seed":"18446744073709551614","guidance":1.5,"condition":{"view":"PA"}}"#,
            #"{"steps":10,"seed":18446744073709551615,"guidance":1.5000000000000001,"condition":{"view":"PA"}}"#,
        ] {
            let answer = await bench.post(other, [Self.key: "k"])
            #expect(answer.status == 422)
            #expect(answer["type"] == "urn:phantom:problem:idempotency-key-reused")
        }
    }

    @Test func theSameKeyAndBodyNameTheSameJob() async throws {
        let bench = try RoutingBench()
        let first = await bench.post(#"{"steps":2,"count":1}"#, [Self.key: "k1"])
        let again = await bench.post(#" {"count":1, "steps":2} "#, [Self.key: "k1"])
        let other = await bench.post(#"{"steps":3,"count":1}"#, [Self.key: "k1"])
        let fresh = await bench.post(#"{"steps":2,"count":1}"#, [Self.key: "k2"])
        #expect(first.status == 202 && again.status == 202 && fresh.status == 202)
        #expect(first["id"] == again["id"])
        #expect(first["request"]?["seed"] == again["request"]?["seed"])
        #expect(first["id"] != fresh["id"])
        #expect(other.status == 422)
        #expect(other["type"] == "urn:phantom:problem:idempotency-key-reused")
        #expect(await bench.get("/v1/jobs")["items"]?.array?.count == 2)
    }

    /// The draft of the header writes a string in quotes.
    @Test func aQuotedKeyIsTheKeyWithinTheQuotes() async throws {
        let bench = try RoutingBench()
        let body = #"{"steps":2}"#
        let id = try #require(await bench.post(body, [Self.key: "k1"])["id"]?.string)
        #expect(await bench.post(body, [Self.key: "\"k1\""])["id"]?.string == id)
        for other in ["\"\"k1\"\"", "\"k1", "k1\"", "\"", "\"" + String(repeating: "k", count: 255) + "\""] {
            let answer = await bench.post(body, [Self.key: other])
            #expect(answer.status == 202 && answer["id"]?.string != id, "\(other)")
        }
    }

    @Test(arguments: ["", "\"\"", "a b", "é", String(repeating: "k", count: 256)])
    func unusableKeysAre400(_ key: String) async throws {
        #expect(try await RoutingBench().post("{}", [Self.key: key]).status == 400)
    }

    // MARK: Cancelling and deleting

    @Test func cancellingIsIdempotentAndWorksQueuedAndRunning() async throws {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        let bench = try RoutingBench(settings)
        let running = try await bench.submit(#"{"steps":9}"#)
        try await until { await bench.get("/v1/jobs/\(running)")["status"] == "running" }
        let queued = try await bench.submit()
        #expect(await bench.get("/v1/jobs/\(queued)")["queue_position"] == 1)
        for id in [queued, running, queued, running] {
            let answer = await bench.send(.post, "/v1/jobs/\(id)/cancel")
            #expect(answer.status == 200)
            #expect(answer["status"] == "cancelled")
        }
        #expect(await bench.send(.post, "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057/cancel").status == 404)
    }

    @Test func onlyEndedJobsAreDeletedAndTheirIdsAnswer410() async throws {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        let bench = try RoutingBench(settings)
        let id = try await bench.submit()
        let early = await bench.send(.delete, "/v1/jobs/\(id)")
        #expect(early.status == 409)
        #expect(early.isProblem)
        _ = await bench.send(.post, "/v1/jobs/\(id)/cancel")
        let deleted = await bench.send(.delete, "/v1/jobs/\(id)")
        #expect(deleted.status == 204)
        #expect(deleted.body.isEmpty)
        #expect(await bench.get("/v1/jobs/\(id)").status == 410)
        #expect(await bench.get("/v1/jobs/\(id)/images/0").status == 410)
        #expect(await bench.get("/v1/jobs/\(id)?wait=5").status == 410)
        #expect(await bench.send(.delete, "/v1/jobs/\(id)").status == 410)
        #expect(await bench.send(.post, "/v1/jobs/\(id)/cancel").status == 410)
        #expect(await bench.send(.delete, "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057").status == 404)
    }

    // MARK: Lists

    @Test func listsAreFilteredAndPaged() async throws {
        let bench = try RoutingBench()
        var ids: [String] = []
        for _ in 0..<5 { ids.append(try await bench.submit()) }
        for id in ids { _ = try await bench.end(of: id) }
        var listed: [String] = []
        var cursor: String?
        repeat {
            let page = await bench.get("/v1/jobs?limit=2" + (cursor.map { "&cursor=\($0)" } ?? ""))
            listed += page["items"]?.array?.compactMap { $0["id"]?.string } ?? []
            cursor = page["next_cursor"]?.string
        } while cursor != nil
        #expect(listed == ids.reversed())
        #expect(await bench.get("/v1/jobs?status=succeeded&kind=generation&model=chest")["items"]?.array?.count == 5)
        #expect(await bench.get("/v1/jobs?status=queued")["items"] == [])
        #expect(await bench.get("/v1/jobs?model=other")["items"] == [])
    }

    @Test(arguments: [
        "limit=0", "limit=201", "limit=x", "limit=", "limit=1&limit=2", "status=done", "kind=x", "cursor=x", "cursor=", "colour=red", "model=a%20b",
        "limit=+5", "limit=05",
    ])
    func badQueriesAre400AndNameTheParameter(_ query: String) async throws {
        let answer = try await RoutingBench().get("/v1/jobs?\(query)")
        #expect(answer.status == 400)
        #expect(answer.isProblem)
        #expect(answer["errors"]?.array?.first?["pointer"] == .string("?" + query.prefix { $0 != "=" }))
    }

    @Test(arguments: ["wait=-1", "wait=x", "wait=1.5", "wait=1&wait=2", "w=1"])
    func badWaitsAre400(_ query: String) async throws {
        let bench = try RoutingBench()
        #expect(await bench.get("/v1/jobs/\(try await bench.submit())?\(query)").status == 400)
    }

    @Test func unknownJobsAre404() async throws {
        let bench = try RoutingBench()
        let answer = await bench.get("/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057")
        #expect(answer.status == 404)
        #expect(answer.isProblem)
        #expect(answer["instance"] == "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057")
    }
}
