import Tensors

/// What `phantom train --plan` tells: the size of the work, and how fast it goes here.
public struct TrainingPace: Sendable, Equatable {
    public var parameters: Int
    /// Multiply-adds of an image's step, as direct convolutions.
    public var multiplyAddsAnImage: Int
    /// Bytes of activations of one part of a batch, and of weights, gradients, moments and averages.
    public var activationBytes: Int, stateBytes: Int
    public var imagesPerSecond: Double

    /// Times steps of a run that is not written anywhere, after one that is not timed.
    /// - Throws: as a step does.
    public init(_ start: RunStart, compute: Compute, steps: Int = 3) throws {
        let plan = start.plan, network = start.network, images = start.images.training
        let together = plan.settings.microBatch ?? 1
        let cost = try network.cost(
            batch: together, height: images.height, width: images.width, threads: compute.threads)
        let averages = plan.settings.averages.count
        parameters = network.parameters.elementCount
        multiplyAddsAnImage = cost.multiplyAdds / together
        activationBytes = cost.bytes
        stateBytes = parameters * (4 + averages) * MemoryLayout<Float>.stride
        let state = TrainingState(weights: try start.initialWeights(), averages: averages)
        let step = TrainingStep(plan, images: images, source: network, compute: compute)
        let clock = ContinuousClock()
        func one() throws {
            try network.load(state.weights)
            _ = try step(state)
        }
        try one()
        let time = try clock.measure { for _ in 0..<steps { try one() } }
        imagesPerSecond = Double(steps * plan.settings.batch) / (time / .seconds(1))
    }
}
