import Dispatch
import Images
import JSON
import Jobs
import Service

/// An engine without a network: every image is one grey pixel made in so many steps, and each step waits for a permit.
final class StillEngine: TrajectoryEngine {
    struct Plan: EnginePlan {
        let steps: Int
        let seed: UInt64
        let fails: Bool
        let batchKey = 0
        let rows = 1
    }

    struct Image: EngineTrajectory {
        let plan: Plan
        let index: Int
        var step = 0
        let rowsOfNextStep = 1

        var isFinished: Bool { step >= plan.steps }
        func saved() -> [UInt8] { [UInt8(clamping: step)] }

        func output() throws -> ImageOutput {
            let seed = String(plan.seed &+ UInt64(index))
            let pixel = try PixelImage(width: 1, height: 1, channels: 1, bitDepth: 8, samples: [UInt16(plan.seed & 255)])
            let png = try PNGEncoder.encode(
                pixel, provenance: Provenance(recipe: "{\"seed\":\"\(seed)\"}", sourceType: .trainedAlgorithmicMedia))
            let traits = ImageTraits(
                seed: seed, format: .init(width: 1, height: 1, bitDepth: 8), sha256: png.sha256, mediaType: "image/png")
            return ImageOutput(traits, bytes: png.bytes)
        }
    }

    private let permits: DispatchSemaphore?

    /// - Parameter gated: whether steps wait for `open`.
    init(gated: Bool) { permits = gated ? DispatchSemaphore(value: 0) : nil }

    func open(_ steps: Int) {
        for _ in 0..<steps { permits?.signal() }
    }

    func makeWorker(_ index: Int) throws -> Int { index }

    func plan(_ lease: JobLease) throws -> Plan {
        let request = try JSONCursor(JSONReader().read(lease.job.request))
        let seed = UInt64(try request.required("seed").string()) ?? 0
        return Plan(steps: try request.required("steps").int(), seed: seed, fails: seed == Self.unluckySeed)
    }

    /// Jobs of this seed fail.
    static let unluckySeed: UInt64 = 13

    func begin(_ plan: Plan, image: Int, saved: [UInt8]?) throws -> Image {
        Image(plan: plan, index: image, step: saved.map { Int($0[0]) } ?? 0)
    }

    func step(_ batch: inout [Image], on worker: inout Int, isWanted: @escaping @Sendable () -> Bool) throws {
        permits?.wait()
        for place in batch.indices {
            if batch[place].plan.fails { throw CancellationError() }
            batch[place].step += 1
        }
    }

    func problem(for error: any Error, job: Job) -> [UInt8] {
        Problem(.jobFailed, "as the test wished").document().serialized()
    }
}
