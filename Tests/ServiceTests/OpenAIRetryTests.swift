import HTTP
import HTTPTypes
import JSON
import JobsSQLite
import Service
import Testing

/// Clients of OpenAI's API ask again by themselves: they find the job that they have, and make no other.
@Suite struct OpenAIRetryTests {
    private static let body = #"{"prompt":"","steps":1}"#

    /// Asks, goes away once there is a job, and returns what is answered then.
    /// - Parameter meanwhile: called while the client waits.
    private func leave(
        _ bench: RoutingBench, _ fields: HTTPFields = [:], meanwhile: () -> Void = {}
    ) async throws -> Answer {
        let departure = Departure()
        async let waiting = bench.generate(Self.body, fields, departure: departure)
        try await until { await bench.get("/v1/jobs")["items"]?.array?.count == 1 }
        meanwhile()
        departure.happen()
        return await waiting
    }

    @Test func aJobThatFailsIsTriedOnce() async throws {
        let answer = try await RoutingBench().generate(#"{"prompt":"","steps":1,"seed":13}"#)
        #expect(answer.status == 500)
        #expect(answer["error"]?["message"]?.string?.contains("as the test wished") == true)
        #expect(answer[field: "x-should-retry"] == "false")
    }

    /// A service that stops ends every wait, as time does; the same request that comes after it waits for the same job.
    @Test func whoComesAgainWaitsForTheSameJob() async throws {
        let bench = try RoutingBench.gated()
        let first = try await leave(bench)
        #expect(first.status == 503)
        #expect(first["error"]?["code"] == "not-ready")
        #expect(first[field: "Retry-After"] == "1")
        #expect(first[field: "x-should-retry"] == nil)
        bench.engine.open(10)
        let second = await bench.generate(Self.body)
        #expect(second.status == 200)
        #expect(await bench.get("/v1/jobs")["items"]?.array?.count == 1, "one job for both")
        #expect(await bench.generate(Self.body).status == 200)
        #expect(await bench.get("/v1/jobs")["items"]?.array?.count == 2, "and one for who asks after that")
    }

    /// Several that ask for the same at a time have a job each, and come back to those: no more are made.
    @Test func eachWhoComesAgainFindsAJob() async throws {
        let bench = try RoutingBench.gated()
        let departure = Departure()
        async let first = bench.generate(Self.body, departure: departure)
        async let second = bench.generate(Self.body, departure: departure)
        try await until { await bench.get("/v1/jobs")["items"]?.array?.count == 2 }
        departure.happen()
        let told = await [first, second]
        #expect(told.map(\.status) == [503, 503])
        bench.engine.open(10)
        let again = await [bench.generate(Self.body), bench.generate(Self.body)]
        #expect(again.map(\.status) == [200, 200])
        #expect(Set(again.map { $0[field: "Content-Location"] }) == Set(told.map { $0[field: "Content-Location"] }))
        #expect(await bench.get("/v1/jobs")["items"]?.array?.count == 2)
    }

    /// A key is kept for longer than that memory, and its job is nobody else's.
    @Test func whoComesWithAKeyIsGivenNoJobOfAnother() async throws {
        let bench = try RoutingBench.gated()
        let key = HTTPField.Name("Idempotency-Key")!
        let first = try await leave(bench, [key: "one"])
        #expect(first.status == 503)
        bench.engine.open(10)
        let other = await bench.generate(Self.body, [key: "two"]), none = await bench.generate(Self.body)
        let again = await bench.generate(Self.body, [key: "one"])
        #expect([other, none, again].map(\.status) == [200, 200, 200])
        #expect(again[field: "Content-Location"] == first[field: "Content-Location"])
        #expect(Set([other, none, again].map { $0[field: "Content-Location"] }).count == 3)
        let repeated = await bench.generate(Self.body, [key: "two"])
        #expect(repeated[field: "Content-Location"] == other[field: "Content-Location"])
    }

    /// A store that does not answer during the wait is no reason for a second job.
    @Test func whoComesAgainAfterAStoreThatFailedWaitsForTheSameJob() async throws {
        let store = FailingStore(try SQLiteJobStore(inMemory: .init()))
        var settings = RoutingBench.Settings()
        (settings.store, settings.isGated) = (store, true)
        let bench = try RoutingBench(settings)
        let left = try await leave(bench) { store.fail(.storeUnavailable("for a while"), in: .job) }
        // Once in the wait, and once when the job is looked for again.
        for refused in [left, await bench.generate(Self.body)] {
            #expect(refused.status == 503)
            #expect(refused["error"]?["code"] == "unavailable")
            #expect(refused[field: "x-should-retry"] == nil)
        }
        store.fail(nil, in: .job)
        // The job ends, and its images cannot be read.
        store.fail(.storeUnavailable("for a while"), in: .image)
        bench.engine.open(10)
        #expect(await bench.generate(Self.body).status == 503)
        store.fail(nil, in: .image)
        #expect(await bench.generate(Self.body).status == 200)
        #expect(await bench.get("/v1/jobs")["items"]?.array?.count == 1, "one job for all of them")
    }
}
