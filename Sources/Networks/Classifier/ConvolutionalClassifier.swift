import Checkpoints
import Tensors

/// A small convolutional classifier with the gradients of all its parameters: four 3x3 convolutions, the first three
/// of stride 2, each followed by group norm and SiLU; then a logit a class of every remaining pixel, of which the mean
/// counts (Lin et al. 2013, "Network in network", section 3.2).
///
/// Its gradients' bits depend on the images and their order alone: not on threads or the CPU.
public final class ConvolutionalClassifier {
    public let channels: Int, classes: Int
    /// The trained tensors and their places among all elements.
    public let parameters: ParameterSet
    private let layers: [(convolution: Convolution, norm: GroupNorm)]
    private let head: Convolution
    private let fills: [WeightFill]

    /// Channels of the layers, and the step of each from pixel to pixel.
    static let widths = [16, 32, 64, 64], strides = [2, 2, 2, 1]
    /// Channels that are normed together.
    private static let groupWidth = 8

    /// Height and width are multiples of this.
    public static let sizeMultiple = 8

    /// Makes a network whose parameters are all zero; `load` gives it others.
    /// - Parameters:
    ///   - channels: of the images.
    ///   - side: pixels of a side of the images that it will usually see; decides how layers are planned, no number.
    public init(channels: Int, classes: Int, side: Int) throws {
        (self.channels, self.classes) = (channels, classes)
        let zeros = Weights(making: { _, shape in [Float](repeating: 0, count: shape.reduce(1, *)) })
        let reader = ParameterReader(zeros, isTrained: true)
        var layers: [(convolution: Convolution, norm: GroupNorm)] = [], inputs = channels, size = side
        for (number, (width, stride)) in zip(Self.widths, Self.strides).enumerated() {
            size /= stride
            let shape = ConvolutionShape(
                sources: [inputs], outputs: width, kernel: .square(3), stride: stride, padding: .same(1))
            let layer = reader.scoped("layers.\(number)")
            let convolution = try Convolution(
                layer.scoped("conv"), shape, plan: Purpose.training.plan(height: size, width: size))
            let norm = try GroupNorm(
                layer.scoped("norm"), groups: width / Self.groupWidth, channels: width, epsilon: 1e-5)
            layers.append((convolution, norm))
            inputs = width
        }
        head = try Convolution(
            reader.scoped("head"), ConvolutionShape(sources: [inputs], outputs: classes),
            plan: Purpose.training.plan(height: size, width: size))
        (self.layers, parameters, fills) = (layers, reader.parameters, reader.fills)
    }

    /// The values that training begins with, one for each element of `parameters`; drawn as a UNet's are.
    public func initialValues(seed: UInt64) -> [Float] { TrainableUNet.initialValues(parameters, seed: seed) }

    /// Fills the layers with these values.
    /// - Parameter values: one for each element of `parameters`.
    public func load(_ values: [Float]) {
        precondition(values.count == parameters.elementCount)
        WeightFill.run(fills, values: values)
    }

    /// The logits of each image, [classes].
    /// - Parameters:
    ///   - images: [channels, height, width] each; at least one.
    ///   - size: multiples of `sizeMultiple`.
    /// - Throws: `EvaluationAbandoned`.
    public func logits(_ images: [[Float]], size: (height: Int, width: Int), compute: Compute) throws -> [[Float]] {
        try compute.run(self, batch: images.count, height: size.height, width: size.width) { pass in
            let result = forward(images, size, pass)
            return pass.isMeasuring ? [] : means(result)
        }
    }

    /// Evaluates the images in one batch and adds the gradients of a loss to `gradients`.
    /// - Parameter outputGradient: the loss's gradient with respect to each image's logits, of the logits.
    /// - Throws: `EvaluationAbandoned`; what `outputGradient` throws.
    public func accumulate(
        _ images: [[Float]], size: (height: Int, width: Int), compute: Compute, into gradients: inout [Float],
        outputGradient: ([[Float]]) throws -> [[Float]]
    ) throws {
        precondition(gradients.count == parameters.elementCount)
        let batch = Compute.Batch(count: images.count, height: size.height, width: size.width)
        try compute.runRecorded(self, batch, gradients: &gradients) { pass in
            let result = forward(images, size, pass)
            guard !pass.isMeasuring else { return pass.rewind(result, gradient: []) }
            let pixels = result.height * result.width
            let gradient = try outputGradient(means(result)).map { row in
                row.flatMap { [Float](repeating: $0 / Float(pixels), count: pixels) }
            }
            pass.rewind(result, gradient: gradient)
        }
    }

    private func forward(_ images: [[Float]], _ size: (height: Int, width: Int), _ pass: Pass) -> Activation {
        var hidden = pass.activation(images: images, channels: channels, height: size.height, width: size.width)
        var norm: NormScale?
        for layer in layers {
            let next = layer.convolution(
                .init([hidden], norm: norm, activation: norm == nil ? .identity : .silu), .init(moments: true), pass)
            if let norm { pass.release(norm) }
            pass.release(hidden)
            hidden = next
            norm = layer.norm([hidden], pass)
        }
        let result = head(.init([hidden], norm: norm, activation: .silu), .init(), pass)
        if let norm { pass.release(norm) }
        pass.release(hidden)
        return result
    }

    /// The mean of each class over the pixels of each image.
    private func means(_ result: Activation) -> [[Float]] {
        let pixels = result.height * result.width
        return result.images().map { image in
            (0..<classes).map { value in
                image[value * pixels..<(value + 1) * pixels].reduce(0, +) / Float(pixels)
            }
        }
    }
}
