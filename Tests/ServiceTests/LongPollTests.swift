import HTTPTypes
import JSON
import Jobs
import Service
import Testing

/// `?wait=N`: an answer that waits for the next change of a job.
@Suite struct LongPollTests {
    @Test func aLongPollEndsWithTheNextChange() async throws {
        let bench = try RoutingBench.gated()
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
        let bench = try RoutingBench.gated()
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
        let bench = try RoutingBench.gated()
        let id = try await bench.submit()
        let answer = await bench.get("/v1/jobs/\(id)?wait=60", [.ifNoneMatch: "\"another\""])
        #expect(answer.status == 200)
    }

    @Test func aStoppingServiceAnswersThoseWhoWait() async throws {
        let bench = try RoutingBench.gated()
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

    @Test(arguments: ["wait=-1", "wait=x", "wait=1.5", "wait=1&wait=2", "w=1"])
    func badWaitsAre400(_ query: String) async throws {
        let bench = try RoutingBench()
        #expect(await bench.get("/v1/jobs/\(try await bench.submit())?\(query)").status == 400)
    }
}
