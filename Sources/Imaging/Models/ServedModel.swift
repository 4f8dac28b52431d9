import Checkpoints
import Diffusion
import JSON
import Networks
import Tensors

/// A model in memory, ready to be asked.
public final class ServedModel: Sendable {
    public let facts: ModelFacts
    public let network: UNet

    public init(facts: ModelFacts, network: UNet) {
        self.facts = facts
        self.network = network
    }

    /// Loads a model folder.
    /// - Parameter name: the name that requests use; nil takes the manifest's, or else the folder's.
    /// - Throws: what opening the folder, reading its configurations and taking its weights throw, `ModelError`, or
    ///   `SamplingRefusal`.
    public static func load(path: String, name: String? = nil) throws -> ServedModel {
        let folder = try ModelFolder(path: path)
        let configuration = try UNetConfiguration(json: folder.unetConfiguration)
        var schedule = folder.schedulerConfiguration
        if let schedulerClass = folder.schedulerClass { schedule["_class_name"] = .string(schedulerClass) }
        let scheduler = try SchedulerConfiguration(json: schedule)
        let network = try UNet(configuration: configuration, weights: folder.weights)
        try checkTimes(configuration, scheduler)
        var facts = try ModelFacts(
            manifest: folder.resolvedManifest, name: name, network: network, scheduler: scheduler,
            weightsSHA256: try folder.weightsSHA256)
        facts.definition = ModelFacts.definition(network: folder.unetConfiguration, facts: facts)
        facts.generation.ownSamplers = folder.schedulerClass.map { SamplerKind.samplers(ofSchedulerClass: $0) } ?? []
        facts.warnings = folder.lint(readingWeights: false).map(\.message)
        do throws(RequestRefusal) {
            facts.sampling = try folder.manifest?.sampling.map { (fields) throws(RequestRefusal) in
                try SamplingDefaults(fields, of: facts)
            }
        } catch { throw SamplingRefusal(file: "\(path)/phantom.json", faults: error.faults) }
        return ServedModel(facts: facts, network: network)
    }

    /// A learned time table must have a row for every step of training.
    private static func checkTimes(_ configuration: UNetConfiguration, _ scheduler: SchedulerConfiguration)
        throws(ModelError)
    {
        guard configuration.timeEmbeddingType == .learned, let rows = configuration.numTrainTimesteps,
            rows < scheduler.trainingSteps
        else { return }
        throw ModelError(
            item: "num_train_timesteps",
            expected: "at most \(rows) in the scheduler, the rows of the network's time table",
            got: "\(scheduler.trainingSteps)")
    }

    /// One evaluation of one image of the model's own size: touches every weight once, and tells how fast this machine
    /// is.
    /// - Returns: how long it took, and of how many pixels.
    package func warmUp(_ compute: Compute) throws -> (nanoseconds: UInt64, pixels: Int) {
        let (width, height) = (facts.generation.width, facts.generation.height)
        do {
            try EvaluationMemory.check(network, rows: 1, height: height, width: width, threads: compute.threads)
        } catch let error as EvaluationMemory.Exceeded {
            throw ModelError(item: "sample_size", expected: error.expected, got: error.got)
        }
        let row = UNetRow(
            sample: [Float](repeating: 0, count: network.configuration.inChannels * width * height), timestep: 1,
            condition: facts.hasClassTable ? .rows([facts.nullClass ?? 0]) : .none)
        let start = Platform.monotonicNanoseconds()
        _ = try network.evaluate([row], height: height, width: width, compute: compute)
        return (Platform.monotonicNanoseconds() - start, width * height)
    }
}
