import Checkpoints
import Diffusion

/// What is known of a loaded model before anything is computed: enough to validate a request and to describe the model.
public struct ModelFacts: Sendable, Equatable {
    /// An attribute that images are conditioned on. Its values own consecutive rows of the class table.
    public struct Attribute: Sendable, Equatable {
        public let name: String
        public let values: [String]
        /// Whether a request may name several values, whose rows are summed.
        public let multiple: Bool
        /// Row of the first value.
        public let firstRow: Int
        /// Where each value stands in the list: a class table may have thousands.
        private let places: [String: Int]

        public init(name: String, values: [String], multiple: Bool, firstRow: Int) {
            self.name = name
            self.values = values
            self.multiple = multiple
            self.firstRow = firstRow
            places = Dictionary(zip(values, values.indices), uniquingKeysWith: { first, _ in first })
        }

        /// The place of a value in `values`; nil if it is none of them.
        func index(of value: String) -> Int? { places[value] }
    }

    /// The name that requests use.
    public var name: String
    /// What its recipes take from it.
    public var generation: Generation.Model
    public var parameters: Int
    public var attributes: [Attribute] = []
    /// Whether the network wants rows of a class table.
    public var hasClassTable = false
    /// Rows of the class table; nil where it is not known, or there is none.
    public var classRows: Int?
    /// Rows of a learned time table; nil where times are embedded by a formula.
    public var timeRows: Int?
    /// The row used where nothing is asked for, and for guidance; nil if the model has none.
    public var nullClass: Int?
    /// What the network's numbers mean black and white.
    public var valueRange: ClosedRange<Double> = -1...1
    /// What it says of how it is sampled; nil leaves all of it to the service.
    public var sampling: SamplingDefaults?
    public var modality: String?
    public var trainingData: String?
    public var licence: String?
    /// How it came to be; nil where another program trained it.
    public var training: TrainingSummary?
    /// What an evaluation of it came to; nil where none was written into the folder.
    public var evaluation: EvaluationSummary?
    /// What does not fit together in its folder, a sentence each; the weights themselves are not looked at.
    public var warnings: [String] = []
    /// The digest of what bits depend on beside weights and recipe (`definition(network:facts:)`); 64 hexadecimal
    /// digits.
    public var definition = ""

    public init(name: String, generation: Generation.Model, parameters: Int) {
        self.name = name
        self.generation = generation
        self.parameters = parameters
    }

    /// Those that can sample it.
    public var samplers: [SamplerKind] {
        SamplerKind.allCases.filter { generation.scheduler.edm == nil || $0.servesEDM }
    }

    public var trainTimesteps: Int { generation.scheduler.trainingSteps }

    /// Steps where neither the request nor the model names any: where more of them hardly change the picture. A
    /// multistep solver cannot visit every training step, so of a short training it takes half.
    public func defaultSteps(_ sampler: SamplerKind) -> Int {
        switch sampler {
        case .ddpm: min(1000, trainTimesteps)
        case .ddim, .eulerAncestral: min(50, trainTimesteps)
        case .dpmSolverPlusPlus, .stochasticDPMSolverPlusPlus, .unipc: min(25, max(1, trainTimesteps / 2))
        case .euler: min(30, trainTimesteps)
        // Two evaluations a step.
        case .heun, .edm: min(18, trainTimesteps)
        case .predictorCorrector: min(500, trainTimesteps)
        // The most evaluations there may be, not what it takes.
        case .probabilityFlow: trainTimesteps
        }
    }
}
