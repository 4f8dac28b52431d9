import Diffusion
import JSON

/// A train.json: everything that the bits of a run depend on, and where they go.
public struct TrainingSettings: Sendable, Equatable {
    /// Where they were read from, for messages.
    public var file = "train.json"
    /// The run's folder.
    public var output: String
    public var seed: UInt64 = 0
    /// Images to be seen; the last batch is a whole one.
    public var images: Int
    public var batch = 32
    /// Images whose activations are held at once; nil takes what the memory allows.
    public var microBatch: Int?
    /// The members of `dataset`, which `Datasets` reads.
    public var dataset: JSONObject
    /// Pixels of a side.
    public var size = 64
    /// Fields of `UNet2DModel` that differ from the defaults.
    public var model = JSONObject()
    /// A model folder to begin from.
    public var start: String?
    /// How the network is shown a low-resolution image; nil for one that makes images from noise alone.
    public var superResolution: SuperResolutionSettings?
    public var schedule = ScheduleSettings()
    public var prediction = PredictionType.velocity
    public var noise = NoiseDensity.default
    public var loss = LossSettings.edm(data: nil)
    public var optimiser = OptimiserSettings()
    public var averages = AverageSettings.default
    /// Nil: 0.1, or 0.25 under 3,000 images.
    public var dropout: Double?
    public var labelDropout = 0.1
    public var augmentation = Augmentation()
    /// Images between two saved states, validations and grids of samples; 0 for never.
    public var checkpointEvery = 10_000, validateEvery = 10_000, sampleEvery = 10_000
    public var stop = StopSettings()
    /// Threads that compute; nil takes every core.
    public var threads: Int?
    /// The version of the arithmetic that the run's steps are made by; nil in a train.json that was written by hand.
    public var arithmetic: Int?
    /// What the run's own train.json says of its data; nil in one that was written by hand.
    public var data: DataRecord?

    /// The version of the arithmetic of training in this program. It rises with every change of the bits of a step: of
    /// the kernels of gradients, the order of sums, random draws, the optimiser.
    public static let currentArithmetic = 2

    /// The data that a run began with.
    public struct DataRecord: Sendable, Equatable {
        public var digest: String
        public var training: Int, heldOut: Int

        public init(digest: String, training: Int, heldOut: Int) {
            (self.digest, self.training, self.heldOut) = (digest, training, heldOut)
        }
    }

    public init(output: String, images: Int, dataset: JSONObject = [:]) {
        (self.output, self.images, self.dataset) = (output, images, dataset)
    }

    /// Batches of the whole run.
    public var steps: Int { (images + batch - 1) / batch }
}
