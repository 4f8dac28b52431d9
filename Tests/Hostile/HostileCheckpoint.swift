import Checkpoints
import Diffusion
import FoundationEssentials
import Imaging
import JSON
import Networks
import Service
import Tensors

/// The JSON files of a model folder: network, scheduler, manifest and index.
public final class HostileCheckpoint {
    private let mutator = DocumentMutator(vocabulary: TinyModel.vocabulary)
    private let folder: HostileFolder
    private let compute = Compute(threads: 1)
    private static let files: [(path: String, document: JSONObject)] = [
        ("unet/config.json", TinyModel.unet), ("scheduler/scheduler_config.json", TinyModel.scheduler),
        ("phantom.json", TinyModel.manifest), ("model_index.json", TinyModel.index),
    ]

    public init() {
        folder = HostileFolder()
        for name in ["unet", "scheduler"] { folder.makeFolder(name) }
        for (path, document) in Self.files { folder.write(document.serialized(), to: path) }
        Self.writeWeights(to: "\(folder.path)/unet/diffusion_pytorch_model.safetensors")
    }

    /// - Returns: whether the model was let in.
    @discardableResult
    public func run(_ choices: inout Choices) -> Bool {
        choices.below(4) == 0 ? runFolder(&choices) : runNetwork(&choices)
    }

    /// One file of the folder spoilt, its weights as they were.
    private func runFolder(_ choices: inout Choices) -> Bool {
        let (path, document) = choices.pick(Self.files)
        folder.write(JSONWriter(writesNonFinite: true).write(.object(mutator.mutate(document, &choices))), to: path)
        defer { folder.write(document.serialized(), to: path) }
        do {
            let opened = try ModelFolder(path: folder.path)
            _ = opened.lint()
            _ = opened.resolvedManifest.json
            let model = try ServedModel.load(path: folder.path)
            try run(model.network, model.facts, &choices)
            return true
        } catch { return false }
    }

    /// A network and a schedule of other numbers, with weights that fit.
    private func runNetwork(_ choices: inout Choices) -> Bool {
        do {
            let configuration = try UNetConfiguration(json: mutator.mutate(TinyModel.unet, &choices))
            let scheduler = try SchedulerConfiguration(json: mutator.mutate(TinyModel.scheduler, &choices))
            let network = try TinyModel.network(configuration)
            try run(network, TinyModel.facts(scheduler: scheduler), &choices)
            return true
        } catch { return false }
    }

    private func run(_ network: UNet, _ facts: ModelFacts, _ choices: inout Choices) throws {
        let configuration = network.configuration, multiple = configuration.sizeMultiple
        _ = try network.cost(batch: 1024, height: 65_536 / multiple * multiple, width: 65_536 / multiple * multiple, threads: 2)
        guard multiple <= 16 else { return }
        // The network's own inputs, whatever it is conditioned on.
        var row = UNetRow(sample: [Float](repeating: 0.5, count: configuration.inChannels * multiple * multiple), timestep: 1)
        switch configuration.classEmbedding {
        case .table(let rows): row.condition = .rows([rows - 1])
        case .timestep: row.condition = .value(1)
        case .identity: row.condition = .vector([Float](repeating: 0, count: configuration.timeEmbeddingDim))
        case nil: break
        }
        _ = try network.evaluate([row], height: multiple, width: multiple, compute: compute)
        guard configuration.inChannels == 1, [1, 2].contains(configuration.outChannels), 8 % multiple == 0 else { return }
        var recipe = Recipe(weightsSHA256: TinyModel.sha256, scheduler: facts.generation.scheduler, width: 8, height: 8, channels: 1)
        (recipe.sampler, recipe.steps) = (choices.pick(SamplerKind.allCases), choices.pick([2, 1, 3, 10, 25, 999, 1000, 100_000]))
        if configuration.classEmbedding != nil { recipe.condition.input = .rows([0]) }
        var facts = facts
        (facts.hasClassTable, facts.generation.sizeDivisor) = (configuration.classEmbedding != nil, multiple)
        if case .table(let rows) = configuration.classEmbedding { facts.classRows = rows }
        try facts.check(recipe)
        try TwoSteps(network).run(recipe)
    }

    private static func writeWeights(to path: String) {
        let made = MadeWeights()
        do {
            _ = try UNet(configuration: UNetConfiguration(json: TinyModel.unet), weights: made.weights)
            try SafetensorsWriter().write(made.tensors, to: path)
        } catch { fatalError("the tiny model cannot be written: \(error)") }
    }
}
