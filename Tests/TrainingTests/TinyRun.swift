import JSON
import Tensors

@testable import Training

/// A run of a tiny network on tiny images, in a folder of its own.
struct TinyRun {
    var settings: TrainingSettings
    var images = TinyImages()
    var heldOut: TinyImages? = TinyImages(count: 6)

    init(_ folder: String, images count: Int = 96) {
        settings = TrainingSettings(output: folder, images: count, dataset: ["kind": "tiny"])
        (settings.batch, settings.size, settings.checkpointEvery) = (8, 8, 32)
        settings.optimiser.warmup = 2
        settings.averages = .widths([0.05, 0.10], snapshots: 4)
        (settings.validateEvery, settings.sampleEvery) = (0, 0)
        settings.model = ["block_out_channels": [8, 16], "norm_num_groups": 4, "attn_norm_num_groups": 4]
    }

    func plan(stored: TrainingSettings? = nil) throws -> RunPlan {
        try RunPlan(
            settings, images: RunImages(training: images, heldOut: heldOut), stored: stored) { _ in 100 }
    }

    func trainer(threads: Int = 1, watch: TrainingWatch = TrainingWatch()) throws -> Trainer {
        let plan = try plan(stored: RunFolder(settings.output).storedSettings())
        let network = TinyNetwork(classes: plan.network.classRows.trained)
        return try Trainer(
            plan,
            means: .init(
                images: RunImages(training: images, heldOut: heldOut), source: network,
                compute: Compute(threads: threads)),
            watch: watch
        ) { (0..<network.parameters.elementCount).map { 0.1 * Float($0 + 1) } }
    }

    /// A watch that wants so many steps.
    static func watch(steps: Int) -> TrainingWatch {
        var (watch, made) = (TrainingWatch(), 0)
        watch.isWanted = {
            made += 1
            return made <= steps
        }
        return watch
    }
}
