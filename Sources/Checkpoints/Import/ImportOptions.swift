import JSON

/// What an import is told beside the weights: facts that leave no trace in them.
public struct ImportOptions: Sendable {
    /// How a fused Q, K and V projection lays out its rows.
    public enum AttentionOrder: String, Sendable, CaseIterable {
        /// [heads, 3, head]: guided-diffusion's default, and improved-diffusion.
        case legacy
        /// [3, heads, head]: `use_new_attention_order`.
        case new
    }

    /// Heads of every attention layer.
    public var heads: Int?
    /// Channels of one head; excludes `heads`.
    public var headDim: Int?
    /// Nil takes the legacy one, and says so.
    public var attentionOrder: AttentionOrder?
    /// Height and width the model was trained for.
    public var sampleSize: Int?
    /// Fields of `UNet2DModel` that the weights do not show.
    public var unet = JSONObject()
    /// Fields of the scheduler.
    public var scheduler = JSONObject()
    /// The scheduler's class, if `scheduler` is another's than DDPMScheduler.
    public var schedulerClass: String?
    /// Steps of the training's noise schedule (`diffusion_steps`), where no scheduler says it.
    public var trainingSteps: Int?
    /// Whether the network was told its times in thousandths of the training steps (improved-diffusion's
    /// `rescale_timesteps`).
    public var rescaledTimesteps: Bool?
    /// `phantom.json`; without it one is made of the name and the class table.
    public var manifest: ModelManifest?
    /// Which set of weights in a training checkpoint: `ema`, `model`, or a name.
    public var weights: String?
    /// Takes only the network whose weights' names begin so.
    public var prefix: String?
    /// Which weights of a diffusers folder: `fp16`, `ema`, ...
    public var variant: String?

    public init() {}
}
