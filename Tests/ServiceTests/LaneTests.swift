import Dispatch
import HTTP
import ImagingFixtures
import JSON
import Service
import Testing

/// A body that takes its time delays nobody's submit, cancel or delete.
@Suite struct LaneTests {
    /// Bodies of more than 64 KiB and of more than 1 MiB.
    private static func body(_ bytes: Int) -> String { #"{"steps":2}"# + String(repeating: " ", count: bytes) }

    /// Something that lasts until it is let go.
    private final class Slow: Sendable {
        private let gate = DispatchSemaphore(value: 0)
        private let begun = DispatchSemaphore(value: 0)

        func last() {
            begun.signal()
            gate.wait()
        }

        /// Waits on a thread of its own, so that the pool's are left to other tests.
        func hasBegun() async {
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async { [begun] in
                    begun.wait()
                    continuation.resume()
                }
            }
        }

        func letGo() { gate.signal() }
    }

    private static func gated() throws -> RoutingBench {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        return try RoutingBench(settings)
    }

    /// Submits, cancels and deletes, all while something else is in the way.
    private static func useAll(_ bench: RoutingBench, _ first: String) async throws {
        let second = try await bench.submit()
        for id in [first, second] {
            #expect(await bench.send(.post, "/v1/jobs/\(id)/cancel").status == 200)
            #expect(await bench.send(.delete, "/v1/jobs/\(id)").status == 204)
        }
    }

    @Test func aLargeBodyDelaysNoSmallOne() async throws {
        let bench = try Self.gated()
        let first = try await bench.submit()
        // As if a body were being read in each of these lanes, for as long as it takes.
        let slow = Slow()
        for framing in [BodyFraming.length(100_000), .chunked] {
            bench.lanes.planning(.json, framing).async { slow.last() }
            await slow.hasBegun()
        }
        async let middle = bench.post(Self.body(100_000))
        async let large = bench.post(Self.body(2_000_000))
        try await Self.useAll(bench, first)
        for _ in 0..<2 { slow.letGo() }
        #expect(await [middle.status, large.status] == [202, 202])
    }

    /// Pictures of few bytes may be of many pixels: an upload that takes as long as it likes, on its way through its own
    /// route, stands in nobody's way.
    @Test func aSlowUploadDelaysNothingElse() async throws {
        let slow = Slow()
        var settings = RoutingBench.Settings()
        settings.isGated = true
        settings.memory = { _, _, _, height in
            if height == 32 { slow.last() }
            return 0
        }
        let bench = try RoutingBench(settings)
        let first = try await bench.submit()
        let form = Form(["image": Pictures.grey(32, 32), "mask": Pictures.mask(32, 32)])
        #expect(form.body.count < 64 << 10, "it is no longer than other requests")
        async let upload = bench.send(.post, "/v1/inpaintings", [.contentType: form.type], bytes: form.body)
        await slow.hasBegun()
        try await Self.useAll(bench, first)
        #expect(await bench.get("/v1/jobs").status == 200)
        slow.letGo()
        #expect(await upload.status == 202)
    }

    @Test func bodiesThatWaitWhenTheServiceStopsAreRefused() async throws {
        let bench = try RoutingBench()
        let slow = Slow()
        bench.lanes.planning(.json, .none).async { slow.last() }
        async let waiting = bench.post("{}")
        // The body is in its lane, or comes to it after the stop: it is refused either way.
        bench.status.drain()
        slow.letGo()
        let answer = await waiting
        #expect(answer.status == 503 && answer[field: "Retry-After"] != nil)
    }
}
