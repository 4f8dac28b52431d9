import Diffusion
import Images
import JSON
import Networks
import Tensors

/// Samples of fixed noise, a condition in each row, so that grids of one run can be laid side by side.
struct SampleGrid {
    let plan: RunPlan
    /// Whose size the samples have; those of a network for super-resolution are enlarged from its first ones.
    let images: any TrainingImages

    /// Rows at most, the null condition's among them; columns of the grid; steps of DPM-Solver++.
    private static let mostRows = 8, columns = 4, steps = 20
    /// White pixels between two images.
    private static let gap = 2

    /// What each row of the grid is asked for: the null condition first, then the values in their order.
    private var conditions: [ClassInput] {
        guard let null = plan.network.classRows.null else { return Array(repeating: .none, count: 4) }
        return [.rows([null])] + (0..<min(null, Self.mostRows - 1)).map { .rows([$0]) }
    }

    /// Makes the samples with the weights that the source has loaded.
    /// - Throws: what the network throws; `InvalidSetting` where a sample is not finite.
    func picture(_ source: any GradientSource, _ compute: Compute) throws -> PixelImage {
        let conditions = conditions
        var trajectories: [Trajectory] = []
        for condition in conditions { trajectories += try self.trajectories(condition) }
        let shown = try shownImages(rows: conditions.count)
        let stepper = TrajectoryStepper(
            SamplePredictor(source: source, compute: compute, plan: plan, conditions: shown))
        while trajectories.contains(where: { !$0.finished }) { try stepper.step(&trajectories) }
        var samples = try trajectories.map { try $0.image() }
        // The first column then shows what the others are enlarged from.
        for place in shown.indices where place % Self.columns == 0 { samples[place] = shown[place] }
        return try grid(samples, rows: conditions.count)
    }

    private func trajectories(_ condition: ClassInput) throws -> [Trajectory] {
        let settings = plan.settings
        var model = Generation.Model(
            weightsSHA256: plan.digest, scheduler: settings.schedule.configuration(settings.prediction),
            channels: images.channels)
        (model.width, model.height) = (images.width, images.height)
        var generation = Generation()
        (generation.sampler, generation.steps, generation.count) = (.dpmSolverPlusPlus, Self.steps, Self.columns)
        generation.samplerOptions = SamplerOptions().completed(for: .dpmSolverPlusPlus, model: model)
        (generation.seed, generation.condition) = (settings.seed, Condition(input: condition))
        let series = try generation.series(for: model), run = try Run(series.first)
        return (0..<series.count).map { Trajectory(run, seed: series.seed(of: $0)) }
    }

    /// What each sample is enlarged from, one image a row.
    private func shownImages(rows: Int) throws -> [[Float]] {
        guard let shown = plan.settings.superResolution else { return [] }
        return try (0..<rows * Self.columns).map { place in
            let image = try images.values(place / Self.columns * images.count / rows)
            return shown.condition(image, height: images.height, width: images.width)
        }
    }

    /// What the grid's file says of itself.
    func provenance(images: Int) -> Provenance {
        let run: JSONObject = ["run": .string(plan.digest.hexadecimal), "images": .integer(images)]
        return Provenance(
            recipe: String(decoding: run.serialized(), as: UTF8.self), sourceType: .trainedAlgorithmicMedia)
    }

    private func grid(_ samples: [[Float]], rows: Int) throws(ImageError) -> PixelImage {
        let (width, height, channels) = (images.width, images.height, images.channels)
        let (across, down) = (width + Self.gap, height + Self.gap)
        let (wholeWidth, wholeHeight) = (Self.columns * across - Self.gap, rows * down - Self.gap)
        var planes = [Float](repeating: 1, count: channels * wholeWidth * wholeHeight)
        for (place, sample) in samples.enumerated() {
            let (left, top) = (place % Self.columns * across, place / Self.columns * down)
            for channel in 0..<channels {
                for y in 0..<height {
                    for x in 0..<width {
                        planes[(channel * wholeHeight + top + y) * wholeWidth + left + x] =
                            sample[(channel * height + y) * width + x]
                    }
                }
            }
        }
        return try PixelImage(
            planes: planes, width: wholeWidth, height: wholeHeight, channels: channels, bitDepth: 8)
    }
}
