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
    /// - Throws: what opening the folder, reading its configurations and taking its weights throw, or `ModelError`.
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
        return ServedModel(facts: facts, network: network)
    }

    /// A learned time table must have a row for every step of training.
    private static func checkTimes(_ configuration: UNetConfiguration, _ scheduler: SchedulerConfiguration) throws(ModelError) {
        guard configuration.timeEmbeddingType == .learned, let rows = configuration.numTrainTimesteps, rows < scheduler.trainingSteps
        else { return }
        throw ModelError(
            item: "num_train_timesteps", expected: "at most \(rows) in the scheduler, the rows of the network's time table",
            got: "\(scheduler.trainingSteps)")
    }

    /// One evaluation of one image of the model's own size: touches every weight once, and tells how fast this machine is.
    /// - Returns: nanoseconds.
    func warmUp(_ compute: Compute) throws -> UInt64 {
        let (width, height) = (facts.generation.width, facts.generation.height)
        do {
            try EvaluationMemory.check(network, rows: 1, height: height, width: width, threads: compute.threads)
        } catch let error as EvaluationMemory.Exceeded {
            throw ModelError(item: "sample_size", expected: error.expected, got: error.got)
        }
        let row = UNetRow(
            sample: [Float](repeating: 0, count: network.configuration.inChannels * width * height), timestep: 1,
            classRows: facts.hasClassTable ? [facts.nullClass ?? 0] : [])
        let start = Platform.monotonicNanoseconds()
        _ = try network.evaluate([row], height: height, width: width, compute: compute)
        return Platform.monotonicNanoseconds() - start
    }
}

extension Concatenation {
    fileprivate init(_ lowResolution: ModelManifest.LowResolution) {
        let order: Order =
            switch lowResolution.order {
            case .conditionFirst: .conditionFirst
            case .imageFirst: .imageFirst
            }
        let upsampling: Upsampling =
            switch lowResolution.upsampling {
            case .nearest: .nearest
            case .bilinear: .bilinear
            case .bicubic: .bicubic
            }
        self.init(order: order, upsampling: upsampling)
    }
}

/// A model that can be read but not served.
public struct ModelError: Error, Sendable, Equatable, CustomStringConvertible {
    public let item: String
    public let expected: String
    public let got: String

    public var description: String { "\(item): expected \(expected), got \(got)" }
}

extension ModelFacts {
    /// - Throws: `ModelError` where manifest and network do not fit together, or the network wants what no request can give.
    init(manifest: ModelManifest, name: String?, network: UNet, scheduler: SchedulerConfiguration, weightsSHA256: String) throws {
        let configuration = network.configuration
        let name = name ?? manifest.name
        guard ModelName.isValid(name) else { throw ModelError(item: "name", expected: ModelName.expectation, got: name) }
        let (inputs, meaning) =
            manifest.lowResolution == nil
            ? (manifest.channels, "the \(manifest.channels) channels of the image alone")
            : (2 * manifest.channels, "\(2 * manifest.channels) channels: those of the image and of the low-resolution one")
        guard configuration.inChannels == inputs else {
            throw ModelError(item: "in_channels", expected: meaning, got: "\(configuration.inChannels)")
        }
        guard manifest.channels == 1 || manifest.channels == 3 else {
            throw ModelError(item: "channels", expected: "1 (grey) or 3 (RGB)", got: "\(manifest.channels)")
        }
        guard [1, 2].contains(where: { configuration.outChannels == $0 * manifest.channels }) else {
            throw ModelError(
                item: "out_channels", expected: "\(manifest.channels), or twice that with a learned variance",
                got: "\(configuration.outChannels)")
        }
        var generation = Generation.Model(weightsSHA256: weightsSHA256, scheduler: scheduler, channels: manifest.channels)
        generation.valueRange = manifest.valueRange
        generation.concatenation = manifest.lowResolution.map { Concatenation($0) }
        let size = configuration.sampleSize ?? (64, 64)
        guard size.width * size.height * manifest.channels <= Recipe.maximumCount else {
            throw ModelError(
                item: "sample_size", expected: "at most \(Recipe.maximumCount) values in an image",
                got: "\(size.height) x \(size.width) pixels of \(manifest.channels) channels")
        }
        (generation.width, generation.height, generation.sizeDivisor) = (size.width, size.height, configuration.sizeMultiple)
        self.init(name: name, generation: generation, parameters: network.parameterCount)
        (modality, trainingData, licence, valueRange) = (
            manifest.modality, manifest.trainingData, manifest.licence, manifest.valueRange
        )
        timeRows = configuration.timeEmbeddingType == .learned ? configuration.numTrainTimesteps : nil
        try take(manifest, rows: Self.tableRows(configuration))
    }

    /// Rows of the class table; nil for an unconditional model.
    private static func tableRows(_ configuration: UNetConfiguration) throws -> Int? {
        switch configuration.classEmbedding {
        case nil: return nil
        case .table(let rows): return rows
        case .timestep, .identity:
            throw ModelError(item: "class_embed_type", expected: "null: a class table, or no classes", got: "another")
        }
    }

    private mutating func take(_ manifest: ModelManifest, rows: Int?) throws {
        (hasClassTable, classRows) = (rows != nil, rows)
        guard let rows else {
            guard manifest.attributes.isEmpty else {
                throw ModelError(item: "attributes", expected: "none, as the network has no classes", got: "\(manifest.attributes.count)")
            }
            return
        }
        guard manifest.rowCount <= rows, manifest.nullClass.map({ $0 < rows }) ?? true else {
            throw ModelError(
                item: "attributes", expected: "values and a null class within the \(rows) rows of the class table",
                got: "\(manifest.rowCount) values, null class \(manifest.nullClass.map(String.init) ?? "none")")
        }
        nullClass = manifest.nullClass
        var first = 0
        for attribute in manifest.attributes {
            attributes.append(.init(name: attribute.name, values: attribute.values, multiple: attribute.multiple, firstRow: first))
            first += attribute.values.count
        }
    }
}
