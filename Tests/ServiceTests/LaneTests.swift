import Dispatch
import HTTP
import JSON
import Service
import Testing

/// A body that takes its time delays nobody's submit, cancel or delete.
@Suite struct LaneTests {
    /// Bodies of more than 64 KiB and of more than 1 MiB.
    private static func body(_ bytes: Int) -> String { #"{"steps":2}"# + String(repeating: " ", count: bytes) }

    @Test func aLargeBodyDelaysNoSmallOne() async throws {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        let bench = try RoutingBench(settings)
        let first = try await bench.submit()
        // As if a body were being read in each of these lanes, for as long as it takes.
        let gate = DispatchSemaphore(value: 0)
        for framing in [BodyFraming.length(100_000), .chunked] {
            let begun = DispatchSemaphore(value: 0)
            bench.lanes.planning(framing).async {
                begun.signal()
                gate.wait()
            }
            begun.wait()
        }
        async let middle = bench.post(Self.body(100_000))
        async let large = bench.post(Self.body(2_000_000))
        let second = try await bench.submit()
        for id in [first, second] {
            #expect(await bench.send(.post, "/v1/jobs/\(id)/cancel").status == 200)
            #expect(await bench.send(.delete, "/v1/jobs/\(id)").status == 204)
        }
        for _ in 0..<2 { gate.signal() }
        #expect(await [middle.status, large.status] == [202, 202])
    }

    @Test func bodiesThatWaitWhenTheServiceStopsAreRefused() async throws {
        let bench = try RoutingBench()
        let gate = DispatchSemaphore(value: 0)
        bench.lanes.planning(.none).async { gate.wait() }
        async let waiting = bench.post("{}")
        // The body is in its lane, or comes to it after the stop: it is refused either way.
        bench.status.drain()
        gate.signal()
        let answer = await waiting
        #expect(answer.status == 503 && answer[field: "Retry-After"] != nil)
    }
}
