import HTTPTypes
import JSON
import Jobs
import Service
import Testing

/// Making, looking at, cancelling, deleting and listing jobs.
@Suite struct JobRouteTests {
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

    @Test func cancellingIsIdempotentAndWorksQueuedAndRunning() async throws {
        let bench = try RoutingBench.gated()
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
        let bench = try RoutingBench.gated()
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

    @Test func unknownJobsAre404() async throws {
        let bench = try RoutingBench()
        let answer = await bench.get("/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057")
        #expect(answer.status == 404)
        #expect(answer.isProblem)
        #expect(answer["instance"] == "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057")
    }
}
