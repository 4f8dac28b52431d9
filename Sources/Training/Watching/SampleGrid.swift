import Diffusion
import Images
import JSON
import Networks
import Tensors

/// Samples of fixed noise, a condition in each row, so that grids of one run can be laid side by side.
struct SampleGrid {
    let plan: RunPlan
    let height: Int, width: Int, channels: Int

    /// Conditions at most, the null condition among them; columns of the grid; steps of DPM-Solver++.
    private static let mostConditions = 8, columns = 4, steps = 20
    /// White pixels between two images.
    private static let gap = 2

    /// What each row of the grid is asked for: the null condition first, then the values in their order.
    private var conditions: [ClassInput] {
        guard let null = plan.network.classRows.null else { return Array(repeating: .none, count: 4) }
        return [.rows([null])] + (0..<min(null, Self.mostConditions - 1)).map { .rows([$0]) }
    }

    /// Makes the samples with the weights that the source has loaded.
    /// - Throws: what the network throws; `InvalidSetting` where a sample is not finite.
    func picture(_ source: any GradientSource, _ compute: Compute) throws -> PixelImage {
        let settings = plan.settings
        var model = Generation.Model(
            weightsSHA256: plan.digest.hexadecimal, scheduler: settings.schedule.configuration(settings.prediction),
            channels: channels)
        (model.width, model.height) = (width, height)
        var generation = Generation()
        (generation.sampler, generation.steps, generation.count) = (.dpmSolverPlusPlus, Self.steps, Self.columns)
        generation.samplerOptions = SamplerOptions().completed(for: .dpmSolverPlusPlus, model: model)
        // Neither the weights nor the held-out noise hang on this seed.
        generation.seed = settings.seed
        let stepper = TrajectoryStepper(
            SamplePredictor(
                source: source, compute: compute, classRows: plan.network.classRows,
                together: max(1, settings.microBatch ?? 1)))
        let conditions = conditions
        var trajectories: [Trajectory] = []
        for condition in conditions {
            generation.condition = Condition(input: condition)
            let series = try generation.series(for: model)
            let run = try Run(series.first)
            trajectories += (0..<series.count).map { Trajectory(run, seed: series.seed(of: $0)) }
        }
        while trajectories.contains(where: { !$0.finished }) { try stepper.step(&trajectories) }
        return try grid(try trajectories.map { try $0.image() }, rows: conditions.count)
    }

    /// What the grid's file says of itself.
    func provenance(images: Int) -> Provenance {
        let run: JSONObject = ["run": .string(plan.digest.hexadecimal), "images": .integer(images)]
        return Provenance(
            recipe: String(decoding: run.serialized(), as: UTF8.self), sourceType: .trainedAlgorithmicMedia)
    }

    private func grid(_ images: [[Float]], rows: Int) throws(ImageError) -> PixelImage {
        let (across, down) = (width + Self.gap, height + Self.gap)
        let (wholeWidth, wholeHeight) = (Self.columns * across - Self.gap, rows * down - Self.gap)
        var planes = [Float](repeating: 1, count: channels * wholeWidth * wholeHeight)
        for (place, image) in images.enumerated() {
            let (left, top) = (place % Self.columns * across, place / Self.columns * down)
            for channel in 0..<channels {
                for y in 0..<height {
                    for x in 0..<width {
                        planes[(channel * wholeHeight + top + y) * wholeWidth + left + x] =
                            image[(channel * height + y) * width + x]
                    }
                }
            }
        }
        return try PixelImage(
            planes: planes, width: wholeWidth, height: wholeHeight, channels: channels, bitDepth: 8)
    }
}
