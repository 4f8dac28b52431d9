import Checkpoints
import Tensors

/// A pixel-space denoising UNet as diffusers' `UNet2DModel` computes it, in float32.
///
/// Weights are packed for the kernels at construction; evaluation allocates nothing per operation. The result of a row
/// does not depend on the batch it is in, on the number of threads or on the CPU.
public final class UNet: Sendable {
    public let configuration: UNetConfiguration
    /// The trained tensors under the names they have in the checkpoint, the class and time tables among them.
    public let parameters: ParameterSet
    private let timeEmbedding: TimeEmbedding
    private let classEmbedding: ClassEmbedding?
    private let projections: TimeProjections
    private let convIn: Convolution, convOut: Convolution
    private let convNormOut: GroupNorm
    private let downBlocks: [DownBlock]
    private let midBlock: MidBlock?
    private let upBlocks: [UpBlock]
    /// How the weights are filled, if they are trained.
    let fills: [WeightFill]

    /// - Parameters:
    ///   - weights: the checkpoint's root; every key has to be used.
    ///   - purpose: what it is built for. One that is to be trained is all zeros, until `fills` are run.
    /// - Throws: `CheckpointError` naming the key, what was expected and what was got, for a missing, extra or
    ///   mis-shaped tensor.
    public init(configuration: UNetConfiguration, weights: Weights, purpose: Purpose = .inference) throws {
        self.configuration = configuration
        let channels = configuration.blockOutChannels, reader = ParameterReader(weights, isTrained: purpose.isTrained)
        var builder = NetworkBuilder(configuration, purpose: purpose)
        func end(_ name: String, from inputs: Int, to outputs: Int) throws -> Convolution {
            let shape = ConvolutionShape(sources: [inputs], outputs: outputs, kernel: .square(3), padding: .same(1))
            return try Convolution(reader.scoped(name), shape, plan: builder.plan(0))
        }
        timeEmbedding = try TimeEmbedding(reader, configuration)
        classEmbedding = try ClassEmbedding(reader, configuration)
        convIn = try end("conv_in", from: configuration.inChannels, to: channels[0])
        downBlocks = try channels.indices.map { level in
            try DownBlock(reader.scoped("down_blocks.\(level)"), level: level, &builder)
        }
        midBlock = configuration.hasMidBlock ? try MidBlock(reader.scoped("mid_block"), &builder) : nil
        upBlocks = try channels.indices.map { index in
            try UpBlock(reader.scoped("up_blocks.\(index)"), index: index, &builder)
        }
        projections = builder.projections.build(configuration.activation.function)
        reader.note(projections.fills)
        convNormOut = try GroupNorm(
            reader.scoped("conv_norm_out"), groups: configuration.normNumGroups, channels: channels[0],
            epsilon: configuration.normEps)
        convOut = try end("conv_out", from: channels[0], to: configuration.outChannels)
        try weights.finish()
        (parameters, fills) = (reader.parameters, reader.fills)
    }

    /// Trained numbers.
    public var parameterCount: Int { parameters.elementCount }

    /// Evaluates every row in one batch.
    /// - Parameters:
    ///   - height, width: pixels of every sample; multiples of `configuration.sizeMultiple`.
    ///   - compute: the caller's own.
    /// - Returns: for each row [outChannels, height, width], torch's order.
    /// - Throws: `UNetError`; `EvaluationAbandoned` as soon as `compute` is told that nobody wants it any more.
    public func evaluate(_ rows: [UNetRow], height: Int, width: Int, compute: Compute) throws -> [[Float]] {
        try check(rows, height, width)
        let together = Self.rowsTogether(height: height, width: width)
        return try stride(from: 0, to: rows.count, by: together).flatMap { start in
            let part = Array(rows[start..<min(start + together, rows.count)])
            return try compute.run(self, batch: part.count, height: height, width: width) { pass in
                let result = forward(part, height, width, pass)
                return pass.isMeasuring ? [] : images(result, part)
            }
        }
    }

    /// Rows that are evaluated together at most, at least 1: what a batch gains, weights that are read once and
    /// products that fill the kernels, large images have by themselves, and together they only take memory. (Of 128 x
    /// 128 pixels eight take about as long as one after the other.) The numbers of a row do not depend on it.
    public static func rowsTogether(height: Int, width: Int) -> Int { max(1, pixelsTogether / max(1, height * width)) }

    /// Whether images of this size are evaluated one by one: one evaluation then takes long.
    public static func isLarge(width: Int, height: Int) -> Bool { rowsTogether(height: height, width: width) == 1 }

    private static let pixelsTogether = 8 * 128 * 128

    /// What one evaluation of `batch` rows takes: bytes of activations and scratch, and multiply-adds as direct
    /// convolutions.
    /// - Parameter threads: of the `Compute` that it will run on.
    /// - Throws: `UNetError` for a size that the network does not take.
    public func cost(batch: Int, height: Int, width: Int, threads: Int) throws -> Compute.Cost {
        try check([], height, width, allowsNoRows: true)
        let row = UNetRow(sample: [], timestep: 0, condition: .example(for: configuration))
        let together = max(1, min(batch, Self.rowsTogether(height: height, width: width)))
        let rows = Array(repeating: row, count: together)
        var cost = Compute.cost(threads: threads) { _ = forward(rows, height, width, $0) }
        let (all, overflow) = (cost.multiplyAdds / together).multipliedReportingOverflow(by: batch)
        cost.multiplyAdds = overflow ? .max : all
        return cost
    }

    /// Bytes of all weights as they are always held, tables aside; and of what batches and large images make of them
    /// beside, at most.
    public var weightBytes: (held: Int, made: Int) {
        convolutions.map(\.weightBytes).reduce((0, 0)) { ($0.0 + $1.held, $0.1 + $1.made) }
    }

    /// Gives back what batches and large images have made of the weights; the next of these makes it again.
    public func giveBackMadeWeights() {
        for convolution in convolutions { convolution.giveBackMadeWeights() }
    }

    private var convolutions: [Convolution] {
        let embeddings = timeEmbedding.convolutions + (classEmbedding?.convolutions ?? []) + projections.convolutions
        let down = downBlocks.flatMap(\.convolutions), up = upBlocks.flatMap(\.convolutions)
        return embeddings + [convIn, convOut] + down + (midBlock?.convolutions ?? []) + up
    }

    func check(_ rows: [UNetRow], _ height: Int, _ width: Int, allowsNoRows: Bool = false) throws {
        guard allowsNoRows || !rows.isEmpty else { throw UNetError.noRows }
        let multiple = configuration.sizeMultiple
        guard [height, width].allSatisfy({ (1...1 << 16).contains($0) && $0 % multiple == 0 }) else {
            throw UNetError.size(height: height, width: width, multiple: multiple)
        }
        for (index, row) in rows.enumerated() {
            let count = configuration.inChannels * height * width
            guard row.sample.count == count else {
                throw UNetError.sample(index: index, expected: count, got: row.sample.count)
            }
            guard timeEmbedding.admits(row.timestep) else { throw UNetError.timestep(index: index, row.timestep) }
            try classEmbedding?.check(row, timeEmbedding)
            if classEmbedding == nil, row.condition != .none {
                throw UNetError.condition(expected: "none, the model is unconditional", got: row.condition.summary)
            }
        }
    }

    /// The network, numbered as in diffusers' `UNet2DModel.forward`.
    func forward(_ rows: [UNetRow], _ height: Int, _ width: Int, _ pass: Pass) -> Activation {
        // 0. center input if necessary
        let center = configuration.centerInputSample
        let input = pass.activation(
            images: rows.map(\.sample), channels: configuration.inChannels, height: height, width: width,
            transform: { center ? 2 * $0 - 1 : $0 })
        // 1. time
        let projected = project(rows, pass)
        // 2. pre-process
        var skips = [convIn(.init([input]), .init(moments: true), pass)]
        pass.release(input)
        // 3. down
        for block in downBlocks { block(&skips, projected, pass) }
        // 4. mid; without a mid block the deepest skip is read twice, so the way up gets a copy of its own
        let deepest = skips[skips.count - 1]
        var hidden = midBlock?(deepest, projected, pass) ?? deepest.copy(pass)
        // 5. up
        for block in upBlocks { hidden = block(hidden, &skips, projected, pass) }
        // 6. post-process
        let scale = convNormOut([hidden], pass)
        let result = convOut(.init([hidden], norm: scale, activation: .silu), .init(), pass)
        pass.release(scale)
        pass.release(hidden)
        pass.release(projected)
        return result
    }

    private func project(_ rows: [UNetRow], _ pass: Pass) -> Activation {
        var embedding = timeEmbedding(rows.map(\.timestep), pass)
        if let classEmbedding {
            let labels = classEmbedding(rows, timeEmbedding, pass)
            let sum = embedding.adding(labels, pass)
            pass.release(labels)
            pass.release(embedding)
            embedding = sum
        }
        let projected = projections(embedding, pass)
        pass.release(embedding)
        return projected
    }

    func images(_ result: Activation, _ rows: [UNetRow]) -> [[Float]] {
        let images = result.images()
        guard configuration.timeEmbeddingType == .fourier else { return images }
        return zip(images, rows).map { image, row in image.map { $0 / row.timestep } }  // t is sigma here
    }
}
