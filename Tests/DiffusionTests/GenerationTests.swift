import Bytes
import Diffusion
import Networks
import Testing

struct GenerationTests {
    private func refusal(_ change: (inout Generation) -> Void, _ scheduler: SchedulerConfiguration = .init()) -> String? {
        var model = Generation.Model(weightsSHA256: Digest(hexadecimal: String(repeating: "a", count: 64))!, scheduler: scheduler, channels: 1)
        model.sizeDivisor = 8
        var generation = Generation()
        change(&generation)
        do {
            let recipe = try generation.series(for: model).first
            _ = try recipe.work()
            _ = try Run(recipe)
            return nil
        } catch {
            return error.field
        }
    }

    @Test func requestsThatCannotBeRunAreRefusedByField() {
        #expect(refusal { _ in } == nil)
        #expect(refusal { $0.count = 0 } == "count")
        #expect(refusal { $0.steps = 0 } == "steps")
        #expect(refusal { $0.steps = -5 } == "steps")
        #expect(refusal { $0.steps = 1001 } == "steps")
        #expect(refusal { $0.steps = .max } == "steps")
        #expect(refusal { $0.steps = 1000 } == nil)
        for eta in [-0.1, 1.1, .nan, .infinity] { #expect(refusal { $0.eta = eta } == "eta") }
        #expect(refusal { $0.eta = 1 } == nil)
        for sampler in [SamplerKind.ddpm, .dpmSolverPlusPlus] {
            #expect(refusal { ($0.sampler, $0.eta) = (sampler, 0.5) } == "eta")
        }
        #expect(refusal { $0.guidance = 3 } == "guidance")
        #expect(refusal { ($0.guidance, $0.condition.null) = (.nan, .rows([1])) } == "guidance")
        #expect(refusal { $0.width = 60 } == "width")
        #expect(refusal { $0.height = 0 } == "height")
        #expect(refusal { $0.bitDepth = 10 } == "bit_depth")
        // The lists of so many steps would repeat a timestep.
        #expect(refusal { ($0.sampler, $0.steps) = (.dpmSolverPlusPlus, 1000) } == "steps")
    }

    @Test func schedulesThatDoNotGoWithTheRunAreRefused() {
        var scheduler = SchedulerConfiguration()
        scheduler.stepsOffset = 20
        #expect(refusal({ $0.steps = 50 }, scheduler) == "steps_offset")
        scheduler.stepsOffset = 19
        #expect(refusal({ $0.steps = 50 }, scheduler) == nil)
        scheduler = SchedulerConfiguration()
        scheduler.rescalesToZeroSNR = true
        #expect(refusal({ _ in }, scheduler) == "prediction_type")
        scheduler = SchedulerConfiguration()
        scheduler.solver.minimumLambda = 50
        #expect(refusal({ $0.sampler = .dpmSolverPlusPlus }, scheduler) == "lambda_min_clipped")
        scheduler.solver.minimumLambda = .nan
        #expect(refusal({ $0.sampler = .dpmSolverPlusPlus }, scheduler) == "lambda_min_clipped")
    }

    /// Watches what the network is told.
    private final class Watcher: NoisePredictor {
        var timesteps: ClosedRange<Float>?

        func evaluate(_ rows: [UNetRow], height: Int, width: Int) -> [[Float]] {
            for row in rows {
                let told = row.timestep
                timesteps = min(timesteps?.lowerBound ?? told, told)...max(timesteps?.upperBound ?? told, told)
            }
            return RationalNetwork().evaluate(rows, height: height, width: width)
        }
    }

    /// Near t = T a cosine leaves next to nothing of the image: no sampler may overflow there, or leave the table.
    @Test(arguments: SamplerKind.allCases, SamplerOptions.Spacing.allCases)
    func cosineIsSafeNearItsEnd(_ kind: SamplerKind, _ spacing: SamplerOptions.Spacing) throws {
        for prediction in PredictionType.allCases {
            for steps in [1, 2, 10, 40, 999] {
                var scheduler = SchedulerConfiguration()
                (scheduler.betaSchedule, scheduler.prediction) = (.squaredCosine, prediction)
                var recipe = Recipe.make(kind, steps: steps, scheduler: scheduler)
                recipe.samplerOptions.spacing = spacing
                let start: Trajectory
                do throws(InvalidSetting) {
                    start = try Trajectory(recipe: recipe)
                } catch {
                    // An option that the sampler does not have, or 999 of 1000 steps, for which there is no room in the
                    // solvers' lists.
                    let isFull = steps == 999 && [.dpmSolverPlusPlus, .stochasticDPMSolverPlusPlus, .unipc].contains(kind)
                    #expect(error.field == "sampler_options/spacing" || (isFull && error.field == "steps"), "\(error)")
                    continue
                }
                let watcher = Watcher()
                #expect(try TrajectoryStepper(watcher).run(start).image().count == 50, "\(prediction) \(steps)")
                let told = try #require(watcher.timesteps)
                #expect((0...999).contains(told.lowerBound) && (0...999).contains(told.upperBound))
            }
        }
    }

    /// It has no spacing, but steps of its own.
    @Test(arguments: PredictionType.allCases)
    func cosineIsSafeForTheProbabilityFlow(_ prediction: PredictionType) throws {
        var scheduler = SchedulerConfiguration()
        (scheduler.betaSchedule, scheduler.prediction) = (.squaredCosine, prediction)
        let watcher = Watcher()
        let end = try TrajectoryStepper(watcher).run(Trajectory(recipe: .make(.probabilityFlow, steps: 1000, scheduler: scheduler)))
        #expect(try end.image().count == 50)
        let told = try #require(watcher.timesteps)
        #expect(told.lowerBound >= 0 && told.upperBound <= 999)
    }

    @Test func optionsThatASamplerDoesNotHaveAreRefused() {
        func refused(_ kind: SamplerKind, _ change: (inout SamplerOptions) -> Void) -> String? {
            refusal { generation in
                (generation.sampler, generation.steps) = (kind, 20)
                change(&generation.samplerOptions)
            }
        }
        #expect(refused(.ddim) { $0.order = 2 } == "sampler_options/order")
        #expect(refused(.unipc) { $0.order = 3 } == nil)
        #expect(refused(.unipc) { $0.order = 4 } == "sampler_options/order")
        #expect(refused(.dpmSolverPlusPlus) { $0.solver = .bh1 } == "sampler_options/solver")
        #expect(refused(.unipc) { $0.solver = .bh1 } == nil)
        #expect(refused(.ddpm) { $0.spacing = .sigmas(.karras) } == "sampler_options/spacing")
        #expect(refused(.ddpm) { $0.spacing = .timesteps(.trailing) } == nil)
        #expect(refused(.edm) { $0.spacing = .timesteps(.trailing) } == "sampler_options/spacing")
        #expect(refused(.heun) { $0.churn = Churn() } == "sampler_options/churn")
        #expect(refused(.edm) { $0.churn = Churn() } == nil)
        var churn = Churn()
        churn.amount = -1
        #expect(refused(.edm) { $0.churn = churn } == "sampler_options/churn")
        #expect(refused(.euler) { $0.predictor = .ancestral } == "sampler_options/predictor")
        #expect(refused(.predictorCorrector) { $0.signalToNoise = 0 } == "sampler_options/snr")
        #expect(refused(.predictorCorrector) { $0.correctorSteps = 11 } == "sampler_options/corrector_steps")
        #expect(refused(.probabilityFlow) { $0.tolerance = 1e-9 } == "sampler_options/tolerance")
    }

    /// A model of EDM knows no betas.
    @Test(arguments: SamplerKind.allCases)
    func modelsOfEDMTakeTheSamplersOfEDM(_ kind: SamplerKind) {
        var scheduler = SchedulerConfiguration()
        scheduler.edm = EDMConfiguration()
        let served: Set<SamplerKind> = [.dpmSolverPlusPlus, .stochasticDPMSolverPlusPlus, .euler, .heun, .edm]
        #expect(refusal({ $0.sampler = kind }, scheduler) == (served.contains(kind) ? nil : "sampler"))
    }

    @Test func probabilityFlowSaysWhereItStopped() throws {
        let end = try TrajectoryStepper(RationalNetwork()).run(Trajectory(recipe: .make(.probabilityFlow, steps: 20)))
        #expect(end.finished && end.progress == (20, 20))
        let error = #expect(throws: InvalidSetting.self) { try end.image() }
        #expect(error?.field == "steps")
        // Fewer than one step takes can only fail.
        for steps in [1, 2, 7, 8, 20] {
            let refused = refusal { ($0.sampler, $0.steps) = (.probabilityFlow, steps) }
            #expect(refused == (steps < 8 ? "steps" : nil), "\(steps)")
        }
        // It needs a continuous process.
        var scheduler = SchedulerConfiguration()
        scheduler.betaSchedule = .laplace
        #expect(refusal({ $0.sampler = .probabilityFlow }, scheduler) == "sampler")
    }
}
