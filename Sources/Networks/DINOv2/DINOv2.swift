import Checkpoints
import Tensors

/// DINOv2's vision transformer (Oquab et al. 2023) as transformers' `Dinov2Model` computes it: the first token, after
/// the last norm. ViT-S has 384 features, ViT-B 768.
public final class DINOv2: Sendable {
    /// Pixels of both sides of a patch.
    static let patch = 14
    /// Channels of a head of attention, in every size that was published.
    static let headWidth = 64
    /// What height and width are multiples of.
    public static let sizeMultiple = patch

    /// Values of a row of features.
    public let features: Int
    private let embedding: Convolution
    private let bias: [Float], first: [Float]
    /// Position embeddings of the first token, and of the patches.
    private let firstPosition: [Float], positions: PositionEmbeddings
    private let blocks: [TransformerBlock]
    private let norm: LayerNorm

    /// The size is told by the weights' shapes.
    /// - Throws: `CheckpointError` naming the key, what was expected and what was got, for a missing, extra or
    ///   mis-shaped tensor.
    public init(weights: Weights) throws(CheckpointError) {
        let embeddings = weights.scoped("embeddings")
        let shape = embeddings.shape(of: "cls_token") ?? []
        guard shape.count == 3, shape[2] > 0, shape[2] <= 4096, shape[2] % Self.headWidth == 0 else {
            throw CheckpointError(
                path: weights.origin, item: "embeddings.cls_token",
                expected: "shape [1, 1, width], width a multiple of \(Self.headWidth)",
                got: shape.isEmpty ? "no such weight" : "\(shape)")
        }
        let width = shape[2], places = (embeddings.shape(of: "position_embeddings")?.dropFirst().first ?? 0) - 1
        let side = Int(Double(max(places, 0)).squareRoot())
        guard side > 0, side * side == places else {
            throw CheckpointError(
                path: weights.origin, item: "embeddings.position_embeddings",
                expected: "one vector, and those of a square grid", got: "\(places + 1)")
        }
        features = width
        first = try embeddings.floats("cls_token", shape: [1, 1, width])
        let all = try embeddings.floats("position_embeddings", shape: [1, places + 1, width])
        firstPosition = Array(all[..<width])
        positions = PositionEmbeddings(values: Array(all[width...]), side: side, width: width)
        if embeddings.contains("mask_token") { _ = try embeddings.floats("mask_token", shape: [1, width]) }
        let projection = embeddings.scoped("patch_embeddings.projection"), taps = 3 * Self.patch * Self.patch
        bias = try projection.floats("bias", shape: [width])
        embedding = Convolution(
            ConvolutionShape(sources: [taps], outputs: width),
            weight: try projection.floats("weight", shape: [width, 3, Self.patch, Self.patch]), bias: bias)
        var blocks: [TransformerBlock] = []
        while weights.contains("encoder.layer.\(blocks.count).norm1.weight") {
            blocks.append(
                try TransformerBlock(
                    weights.scoped("encoder.layer.\(blocks.count)"), width: width, heads: width / Self.headWidth))
        }
        self.blocks = blocks
        norm = try LayerNorm(weights.scoped("layernorm"), width: width)
        try weights.finish()
    }

    /// The features of a batch of square RGB images.
    /// - Parameters:
    ///   - images: [3, side, side] each, as the network takes them: less ImageNet's mean, through its deviation.
    ///   - side: a multiple of `sizeMultiple`.
    /// - Throws: `EvaluationAbandoned` as soon as `compute` is told that nobody wants it any more.
    public func evaluate(_ images: [[Float]], side: Int, compute: Compute) throws -> [[Float]] {
        precondition(side > 0 && side % Self.patch == 0)
        let across = side / Self.patch, tokens = across * across + 1
        let added = added(across: across)
        return try compute.run(self, batch: images.count, height: side, width: side) { pass in
            let patches = pass.activation(
                images: images.map { Self.patches($0, side: side) }, channels: 3 * Self.patch * Self.patch, height: 1,
                width: tokens)
            let places = pass.activation(
                images: Array(repeating: added, count: images.count), channels: features, height: 1, width: tokens)
            var hidden = embedding(.init([patches]), .init(residual: places), pass)
            pass.release(patches)
            pass.release(places)
            for block in blocks { hidden = block(hidden, pass) }
            let last = norm(hidden, pass)
            pass.release(hidden)
            defer { pass.release(last) }
            if pass.isMeasuring { return [] }
            return last.images().map { image in (0..<features).map { image[$0 * tokens] } }
        }
    }

    /// What is added to each token, [features, tokens]: its place, and to the first, whose patch is zero, the learned
    /// token in place of the embedding's bias.
    private func added(across: Int) -> [Float] {
        let grid = positions.interpolated(to: across), tokens = across * across + 1
        var added = [Float](repeating: 0, count: features * tokens)
        for c in 0..<features {
            added[c * tokens] = first[c] + firstPosition[c] - bias[c]
            for place in 0..<tokens - 1 { added[c * tokens + place + 1] = grid[place * features + c] }
        }
        return added
    }

    /// The patches of an image side by side, [3 * patch * patch, tokens]; the first token has none.
    private static func patches(_ image: [Float], side: Int) -> [Float] {
        let across = side / patch, tokens = across * across + 1, taps = patch * patch
        var result = [Float](repeating: 0, count: 3 * taps * tokens)
        for channel in 0..<3 {
            for y in 0..<side {
                for x in 0..<side {
                    let tap = channel * taps + y % patch * patch + x % patch
                    result[tap * tokens + 1 + y / patch * across + x / patch] = image[(channel * side + y) * side + x]
                }
            }
        }
        return result
    }
}
