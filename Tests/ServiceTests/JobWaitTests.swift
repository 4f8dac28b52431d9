import Dispatch
import HTTP
import HTTPTypes
import JSON
import Jobs
import Service
import Testing

/// `Prefer: wait=N`: an answer that waits for the end of its job.
@Suite struct JobWaitTests {
    private static let prefer = HTTPField.Name("Prefer")!

    @Test func preferWaitAnswersWithTheFinishedJob() async throws {
        let answer = try await RoutingBench().post("{}", [Self.prefer: "respond-async, wait=50"])
        #expect(answer.status == 200)
        #expect(answer["status"] == "succeeded")
        #expect(answer[field: "Preference-Applied"] == "wait=50")
        #expect(answer[field: "Location"] != nil)
    }

    @Test func preferWaitThatIsTooShortIs202() async throws {
        let answer = try await RoutingBench.gated().post("{}", [Self.prefer: "wait=1"])
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
        let bench = try RoutingBench.gated()
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
        let answer = try await RoutingBench.gated().post("{}", [Self.prefer: value])
        #expect(answer.status == 202)
        #expect(answer[field: "Preference-Applied"] == nil)
    }
}
