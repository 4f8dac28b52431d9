import JSON

/// The fields of a diffusers `UNet2DModel` config that shape its forward pass, with diffusers' defaults
/// (`src/diffusers/models/unets/unet_2d.py`).
public struct UNetConfiguration: Sendable, Equatable {
    public enum TimeEmbeddingType: String, Sendable, CaseIterable { case positional, fourier, learned }
    public enum ResamplingType: String, Sendable, CaseIterable { case conv, resnet }
    public enum TimeScaleShift: String, Sendable, CaseIterable { case `default`, scaleShift = "scale_shift" }

    /// How a class label joins the time embedding.
    public enum ClassEmbedding: Sendable, Equatable {
        /// A table of `rows` learned vectors.
        case table(rows: Int)
        /// The label is embedded as a timestep is.
        case timestep
        /// The caller gives the vector.
        case identity
    }

    /// One level of the way down or up.
    public struct Level: Sendable, Equatable {
        public var hasAttention: Bool
        /// How this level changes resolution, where it does.
        public var resampling: ResamplingType
    }

    /// Height and width the model was made for, or nil where the config leaves it open.
    public var sampleSize: (height: Int, width: Int)? { sampleHeight.flatMap { h in sampleWidth.map { (h, $0) } } }
    var sampleHeight: Int?, sampleWidth: Int?
    public var inChannels: Int, outChannels: Int
    public var centerInputSample: Bool
    public var timeEmbeddingType: TimeEmbeddingType
    /// Width of the time MLP's output.
    public var timeEmbeddingDim: Int
    public var freqShift: Double
    public var flipSinToCos: Bool
    public var downBlocks: [Level]
    public var hasMidBlock: Bool
    /// The upward levels, from the deepest to the shallowest.
    public var upBlocks: [Level]
    public var blockOutChannels: [Int]
    /// Resnets of each level on the way down, shallowest first; on the way up a level has one more.
    public var layersPerBlock: [Int]
    public var midBlockScaleFactor: Double
    /// 1, or 0 for one zero column right and one zero row below.
    public var downsamplePadding: Int
    public var activation: Activations
    /// Channels of one attention head at each level, shallowest first; nil makes one head of all channels.
    public var attentionHeadDim: [Int?]
    public var normNumGroups: Int
    /// Groups of the mid block's attention norm; nil where it has none.
    public var midAttentionGroups: Int?
    public var normEps: Double
    public var timeScaleShift: TimeScaleShift
    public var addAttention: Bool
    public var classEmbedding: ClassEmbedding?
    /// Rows of a learned time table.
    public var numTrainTimesteps: Int?

    /// diffusers' `act_fn`.
    public enum Activations: String, Sendable, CaseIterable { case silu, swish, mish, gelu, relu }

    /// Height and width have to be multiples of this.
    public var sizeMultiple: Int { 1 << (blockOutChannels.count - 1) }
}
