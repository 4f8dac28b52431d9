import Checkpoints
import Tensors

/// Inception-v3 as pytorch-fid has it, the network by which the Frechet inception distance is defined (Heusel et al.
/// 2017): 2,048 features of an image, and what its classifier makes of them.
///
/// Weights have the names of torchvision's `Inception3`, as in pytorch-fid's file of 2015-12-05.
public final class InceptionV3: Sendable {
    public static let features = 2048
    public static let logits = 1008
    /// Pixels of both sides of what the network sees.
    public static let side = 299

    private let stem: [(convolution: InceptionConvolution, pools: Bool)]
    private let blocks: [InceptionBlock]
    /// [logits, features]. Its bias is read and not used.
    private let classifier: Convolution

    /// - Throws: `CheckpointError` naming the key, what was expected and what was got, for a missing, extra or
    ///   mis-shaped tensor.
    public init(weights: Weights) throws(CheckpointError) {
        typealias Window = InceptionConvolution.Window
        let stem: [(name: String, outputs: Int, window: Window, pools: Bool)] = [
            ("Conv2d_1a_3x3", 32, .square(3, stride: 2), false), ("Conv2d_2a_3x3", 32, .square(3), false),
            ("Conv2d_2b_3x3", 64, .square(3, padding: 1), true), ("Conv2d_3b_1x1", 80, .pointwise, false),
            ("Conv2d_4a_3x3", 192, .square(3), true),
        ]
        var sources = [3], first: [(InceptionConvolution, Bool)] = []
        for part in stem {
            let convolution = try InceptionConvolution(
                weights.scoped(part.name), sources: sources, outputs: part.outputs, part.window)
            first.append((convolution, part.pools))
            sources = [part.outputs]
        }
        let parts: [(name: String, parts: [InceptionBlock.Part])] = [
            ("Mixed_5b", InceptionBlock.Part.a(pool: 32)), ("Mixed_5c", InceptionBlock.Part.a(pool: 64)),
            ("Mixed_5d", InceptionBlock.Part.a(pool: 64)), ("Mixed_6a", InceptionBlock.Part.b),
            ("Mixed_6b", InceptionBlock.Part.c(128)), ("Mixed_6c", InceptionBlock.Part.c(160)),
            ("Mixed_6d", InceptionBlock.Part.c(160)), ("Mixed_6e", InceptionBlock.Part.c(192)),
            ("Mixed_7a", InceptionBlock.Part.d), ("Mixed_7b", InceptionBlock.Part.e(isLast: false)),
            ("Mixed_7c", InceptionBlock.Part.e(isLast: true)),
        ]
        var blocks: [InceptionBlock] = []
        for part in parts {
            let block = try InceptionBlock(weights.scoped(part.name), sources: sources, part.parts)
            blocks.append(block)
            sources = block.outputs
        }
        let last = weights.scoped("fc")
        classifier = Convolution(
            ConvolutionShape(sources: [Self.features], outputs: Self.logits),
            weight: try last.floats("weight", shape: [Self.logits, Self.features]), bias: nil)
        _ = try last.floats("bias", shape: [Self.logits])
        (self.stem, self.blocks) = (first, blocks)
        try weights.finish()
    }

    /// The features and logits of a batch of RGB images.
    /// - Parameter images: [3, 299, 299] each, values from -1 to 1.
    /// - Returns: of each image 2,048 features, and 1,008 values before the softmax, without the classifier's bias: so
    ///   the inception score was first computed (Salimans et al. 2016), and by torch-fidelity after it.
    /// - Throws: `EvaluationAbandoned` as soon as `compute` is told that nobody wants it any more.
    public func evaluate(_ images: [[Float]], compute: Compute) throws -> [(features: [Float], logits: [Float])] {
        let features = try compute.run(self, batch: images.count, height: Self.side, width: Self.side) { pass in
            let input = pass.activation(images: images, channels: 3, height: Self.side, width: Self.side)
            return forward(input, pass)
        }
        let logits = try compute.run(classifierOwner, batch: images.count, height: 1, width: 1) { pass in
            let rows = pass.activation(rows: features)
            let result = classifier(.init([rows]), .init(), pass)
            defer { for activation in [rows, result] { pass.release(activation) } }
            return pass.isMeasuring ? [] : result.images()[0]
        }
        let count = images.count
        return features.enumerated().map { n, row in
            (row, (0..<Self.logits).map { logits[$0 * count + n] })
        }
    }

    /// Passes are measured by their owner: the classifier's is another than the network's.
    private let classifierOwner = Owner()
    private final class Owner: Sendable {}

    private func forward(_ input: Activation, _ pass: Pass) -> [[Float]] {
        var hidden = [input], function = ActivationFunction.identity
        func replace(by next: [Activation]) {
            for activation in hidden { pass.release(activation) }
            hidden = next
        }
        for (convolution, pools) in stem {
            replace(by: [convolution(hidden, before: function, pass)])
            function = .relu
            if pools { replace(by: [hidden[0].pooled(Pooling(.max, size: 3, stride: 2), pass)]) }
        }
        for block in blocks { replace(by: block(hidden, pass)) }
        let parts = hidden.map { $0.channelMeans(.relu, pass) }
        replace(by: [])
        if pass.isMeasuring { return [] }
        return (0..<input.batch).map { n in parts.flatMap { $0[n] } }
    }
}
