import Networks
import Numbers
import Tensors
import Training

/// A classifier with gradients, as the downstream experiment trains it.
protocol TrainableClassifier: AnyObject {
    /// The values that training begins with.
    func initialValues(seed: UInt64) -> [Float]
    func load(_ values: [Float])
    /// Adds the gradients of a loss of some inputs' logits.
    func accumulate(
        _ inputs: [[Float]], compute: Compute, into gradients: inout [Float],
        outputGradient: ([[Float]]) throws -> [[Float]]) throws
    func logits(_ inputs: [[Float]], compute: Compute) throws -> [[Float]]
    var optimiser: OptimiserSettings { get }
}

/// The convolutional network for images of one size.
final class PixelClassifier: TrainableClassifier {
    private let network: ConvolutionalClassifier
    private let size: (height: Int, width: Int)

    init(_ images: ClassifiedImages, classes: Int) throws {
        size = images.size
        network = try ConvolutionalClassifier(
            channels: images.channels, classes: classes, side: max(size.height, size.width))
    }

    var optimiser: OptimiserSettings {
        var settings = OptimiserSettings()
        (settings.rate, settings.warmup, settings.adam.weightDecay) = (2e-3, 50, 0.05)
        return settings
    }

    func initialValues(seed: UInt64) -> [Float] { network.initialValues(seed: seed) }
    func load(_ values: [Float]) { network.load(values) }

    func accumulate(
        _ inputs: [[Float]], compute: Compute, into gradients: inout [Float],
        outputGradient: ([[Float]]) throws -> [[Float]]
    ) throws {
        try network.accumulate(
            inputs, size: size, compute: compute, into: &gradients, outputGradient: outputGradient)
    }

    func logits(_ inputs: [[Float]], compute: Compute) throws -> [[Float]] {
        try network.logits(inputs, size: size, compute: compute)
    }
}

/// A linear layer on features: a weight a feature and a bias of each class.
final class LinearClassifier: TrainableClassifier {
    private let dimension: Int, classes: Int
    private var values: [Float]

    init(dimension: Int, classes: Int) {
        (self.dimension, self.classes) = (dimension, classes)
        values = [Float](repeating: 0, count: classes * (dimension + 1))
    }

    var optimiser: OptimiserSettings {
        var settings = OptimiserSettings()
        (settings.rate, settings.warmup, settings.adam.weightDecay) = (3e-4, 50, 3)
        return settings
    }

    /// Zeros: the loss has one minimum.
    func initialValues(seed: UInt64) -> [Float] { [Float](repeating: 0, count: values.count) }
    func load(_ values: [Float]) { self.values = values }

    func accumulate(
        _ inputs: [[Float]], compute: Compute, into gradients: inout [Float],
        outputGradient: ([[Float]]) throws -> [[Float]]
    ) throws {
        let outputs = try outputGradient(try logits(inputs, compute: compute))
        for (input, output) in zip(inputs, outputs) {
            for (value, gradient) in output.enumerated() {
                let start = value * (dimension + 1)
                for place in 0..<dimension { gradients[start + place] += gradient * input[place] }
                gradients[start + dimension] += gradient
            }
        }
    }

    func logits(_ inputs: [[Float]], compute: Compute) throws -> [[Float]] {
        inputs.map { input in
            (0..<classes).map { value in
                let start = value * (dimension + 1)
                var sums = SIMD8<Float>.zero, place = 0
                while place + 8 <= dimension {
                    for lane in 0..<8 { sums[lane] += values[start + place + lane] * input[place + lane] }
                    place += 8
                }
                var sum = sums.sum() + values[start + dimension]
                while place < dimension {
                    sum += values[start + place] * input[place]
                    place += 1
                }
                return sum
            }
        }
    }
}

/// Softmax, and the loss made of it.
enum ClassProbabilities {
    /// exp(x) / sum exp(x), in double precision.
    static func of(_ logits: [Float]) -> [Double] {
        let largest = Double(logits.max() ?? 0)
        let powers = logits.map { ElementaryFunctions.exp(Double($0) - largest) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }

    /// d (-weight log p[label]) / d logits.
    static func gradient(_ logits: [Float], label: Int, weight: Double) -> [Float] {
        of(logits).enumerated().map { Float(weight * ($0.element - ($0.offset == label ? 1 : 0))) }
    }
}
