import Diffusion
import Imaging
import JSON
import Service

/// Recipes, as files carry them.
public struct HostileRecipe {
    private let steps = TwoSteps(TinyModel.made())
    private let facts = TinyModel.facts()
    private let mutator = DocumentMutator(vocabulary: TinyModel.vocabulary)
    private let documents: [(recipe: JSONObject, inputs: RestorationInputs?)]

    public init() { documents = Self.recipes() }

    /// A recipe of each sampler and task, spoilt, read, planned and run.
    /// - Returns: whether it was let in.
    @discardableResult
    public func run(_ choices: inout Choices) -> Bool {
        let (document, inputs) = choices.pick(documents)
        let spoilt = mutator.mutate(document, &choices)
        do {
            let recipe = try Recipe(bytes: spoilt.serialized())
            let again = try Recipe(bytes: recipe.canonical)
            precondition(again == recipe, "a recipe comes back changed")
            try? facts.check(recipe)
            try steps.run(recipe, inputs: inputs)
            return true
        } catch { return false }
    }

    /// The whole documents, for tests and seeds.
    public static func recipes() -> [(recipe: JSONObject, inputs: RestorationInputs?)] {
        let facts = TinyModel.facts()
        let plain = SamplerKind.allCases.flatMap { sampler in
            (sampler == .probabilityFlow ? [8, 9, 20] : [1, 2, 20]).map { base(facts, sampler: sampler, steps: $0) }
        }
        return plain.map { ($0.json, nil) } + edm(facts).map { ($0.json, nil) } + restorations(facts)
    }

    private static func base(_ facts: ModelFacts, sampler: SamplerKind, steps: Int) -> Recipe {
        var recipe = Recipe(weightsSHA256: TinyModel.sha256, scheduler: facts.generation.scheduler, width: 8, height: 8, channels: 1)
        (recipe.sampler, recipe.steps, recipe.seed, recipe.guidance, recipe.guidanceRescale) = (sampler, steps, 7, 2, 0.5)
        recipe.condition = Condition(
            choices: [.init(attribute: "view", values: ["PA"])], input: .rows([0, 2]), null: .rows([4]))
        recipe.guidanceInterval = .steps(start: 0, end: 0.75)
        switch sampler {
        case .ddim: (recipe.eta, recipe.noise) = (0.5, .torch)
        case .dpmSolverPlusPlus, .stochasticDPMSolverPlusPlus: (recipe.samplerOptions.order, recipe.samplerOptions.solver) = (3, .heun)
        case .unipc: (recipe.samplerOptions.order, recipe.samplerOptions.solver) = (3, .bh1)
        case .heun, .euler: (recipe.samplerOptions.spacing, recipe.samplerOptions.sigmaMaximum) = (.sigmas(.karras), 160)
        case .edm:
            var churn = Churn()
            (churn.amount, churn.lowest, churn.highest, churn.noise) = (40, 0.05, 50, 1.003)
            recipe.samplerOptions.churn = churn
        case .predictorCorrector:
            (recipe.samplerOptions.predictor, recipe.samplerOptions.correctorSteps, recipe.samplerOptions.signalToNoise) = (.ancestral, 2, 0.16)
        case .probabilityFlow: recipe.samplerOptions.tolerance = 1e-3
        case .ddpm, .eulerAncestral: recipe.guidanceInterval = .sigma(low: 0.1, high: 1e3)
        }
        return recipe
    }

    private static func edm(_ facts: ModelFacts) -> [Recipe] {
        [SamplerKind.euler, .edm, .dpmSolverPlusPlus].map { sampler in
            var recipe = base(facts, sampler: sampler, steps: 3)
            recipe.scheduler = TinyModel.read([
                "_class_name": "EDMEulerScheduler", "num_train_timesteps": 1000, "prediction_type": "epsilon", "sigma_min": 0.002, "sigma_max": 80,
                "sigma_data": 0.5, "rho": 7, "sigma_schedule": "karras",
            ])
            return recipe
        }
    }

    private static func restorations(_ facts: ModelFacts) -> [(JSONObject, RestorationInputs?)] {
        let (inpainting, enlarging) = (Pictures.inpainting, Pictures.enlarging)
        return [Restoration.Method.ddnm, .repaint].map { method in
            var recipe = base(facts, sampler: .ddim, steps: 5)
            var restoration = Restoration(method: method, imageDigest: inpainting.imageDigest)
            restoration.maskDigest = inpainting.maskDigest
            restoration.resampling = .init(length: 2, count: 2)
            (recipe.kind, recipe.restoration) = (.inpainting, restoration)
            return (recipe.json, inpainting)
        } + [0, 0.1].map { noise in
            var recipe = base(facts, sampler: .ddim, steps: 4)
            var restoration = Restoration(method: .ddnm, imageDigest: enlarging.imageDigest)
            (restoration.scale, restoration.noiseLevel) = (2, noise)
            (recipe.kind, recipe.restoration) = (.superResolution, restoration)
            return (recipe.json, enlarging)
        }
    }
}
