import Networks
import Numbers
import Tensors

/// Times whole training steps of a network on made-up images: weights made ready, forward and backward pass of the
/// whole batch, AdamW and one average. For comparisons with other programs.
public final class TrainingStepTimer {
    private let network: TrainableUNet
    private let compute: Compute
    private let loops: ElementLoops
    private let state: TrainingState
    private let rows: [TrainingRow]
    private let targets: [[Float]]
    private let size: (height: Int, width: Int)
    private var gradients: [Float]

    /// - Parameters:
    ///   - values: the first weights, one for each element of the network's parameters.
    ///   - size: height and width of the images in pixels.
    public init(
        _ network: TrainableUNet, values: [Float], batch: Int, size: (height: Int, width: Int), compute: Compute
    ) {
        (self.network, self.compute, self.size) = (network, compute, size)
        loops = ElementLoops(compute: compute)
        state = TrainingState(weights: values, averages: 1)
        gradients = [Float](repeating: 0, count: values.count)
        let configuration = network.configuration, pixels = size.height * size.width
        func normals(_ channels: Int, _ purpose: NoiseKey.Purpose, _ n: Int) -> [Float] {
            NoiseKey(seed: UInt64(n), purpose: purpose).normals(count: channels * pixels)
        }
        rows = (0..<batch).map { n in
            TrainingRow(
                UNetRow(
                    sample: normals(configuration.inChannels, .initial, n), timestep: Float(n * 37 % 1000),
                    condition: .example(for: configuration)),
                dropoutKey: UInt64(n))
        }
        targets = (0..<batch).map { normals(configuration.outChannels, .training, $0) }
    }

    /// Makes one step.
    /// - Throws: as the network does.
    public func step() throws {
        try network.load(state.weights)
        let share = Float(2 / Double(targets.count * targets[0].count))
        try network.accumulate(rows, size: size, compute: compute, into: &gradients) { outputs in
            zip(outputs, targets).map { output, target in
                var slope = output
                for i in slope.indices { slope[i] = share * (slope[i] - target[i]) }
                return slope
            }
        }
        let scale = GradientClip(norm: 1).scale(norm: loops.squares(gradients).squareRoot())
        state.steps += 1
        loops.update(
            state, gradients: &gradients, AdamW().step(state.steps, rate: 1e-4, scale: scale), averageShares: [1e-3])
    }
}
