import Diffusion
import Tensors

/// What one step of a run came to.
public struct StepOutcome: Sendable, Equatable {
    /// The step, from 1, and the images seen after it.
    public var step: Int, images: Int
    /// Weighted, averaged over the batch.
    public var loss: Double
    /// The loss of each row, in the order of their probability.
    public var losses: [Double]
    /// Before clipping.
    public var gradientNorm: Double
    public var rate: Double
}

/// Makes the steps of a run: batch, gradients, update.
final class TrainingStep {
    private let plan: RunPlan
    private let batches: BatchMaker
    private let source: any GradientSource
    private let compute: Compute
    private let loops: ElementLoops
    private var gradients: [Float]

    init(_ plan: RunPlan, images: any TrainingImages, source: any GradientSource, compute: Compute) {
        (self.plan, self.source, self.compute) = (plan, source, compute)
        batches = BatchMaker(plan, images)
        loops = ElementLoops(compute: compute)
        gradients = [Float](repeating: 0, count: source.parameters.elementCount)
    }

    /// One step on the weights that the source has loaded.
    /// - Throws: `TrainingError` where loss or gradients are not finite; the state then is as it was.
    func callAsFunction(_ state: TrainingState) throws -> StepOutcome {
        let settings = plan.settings
        let batch = try batches.batch(from: state.images)
        let losses = try accumulate(batch)
        let number = state.steps + 1
        let squares = loops.squares(gradients)
        try check(batch, losses, squares: squares, step: number)
        let norm = squares.squareRoot(), rate = plan.rate.value(step: state.steps)
        let scale = GradientClip(norm: settings.optimiser.clip).scale(norm: norm)
        loops.update(
            state, gradients: &gradients, settings.optimiser.adam.step(number, rate: rate, scale: scale),
            averageShares: settings.averages.shares(step: number))
        state.steps = number
        state.images += settings.batch
        return StepOutcome(
            step: number, images: state.images, loss: losses.reduce(0, +) / Double(losses.count), losses: losses,
            gradientNorm: norm, rate: rate)
    }

    /// The gradients of the batch, part by part; the losses of its rows.
    private func accumulate(_ batch: TrainingBatch) throws -> [Double] {
        let count = batch.rows.count, together = plan.settings.microBatch ?? count
        var losses: [Double] = []
        for start in stride(from: 0, to: count, by: together) {
            let part = start..<min(start + together, count)
            try source.accumulate(
                Array(batch.rows[part]), size: (batches.images.height, batches.images.width), compute: compute,
                into: &gradients
            ) { outputs in
                zip(batch.examples[part], outputs).map { example, output in
                    let (loss, gradient) = plan.objective.loss(example, output: output, share: 1 / Double(count))
                    losses.append(loss)
                    return gradient
                }
            }
        }
        return losses
    }

    private func check(_ batch: TrainingBatch, _ losses: [Double], squares: Double, step: Int) throws {
        guard !squares.isFinite || !losses.allSatisfy(\.isFinite) else { return }
        let rows = losses.indices.filter { !losses[$0].isFinite }
        let files = (rows.isEmpty ? Array(batch.images.indices) : rows).map { batches.images.name(batch.images[$0]) }
        let place = gradients.firstIndex { !$0.isFinite }
        let parameter = place.flatMap { place in source.parameters.parameters.last { $0.start <= place } }
        for i in gradients.indices { gradients[i] = 0 }
        throw TrainingError(
            "step \(step)", expected: "a finite loss and finite gradients",
            got: parameter.map { "a gradient of \($0.name) that is not" } ?? "a loss that is not",
            remedy: "the images were \(files.joined(separator: ", ")); the last saved state stays")
    }
}
