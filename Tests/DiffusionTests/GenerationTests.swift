import Diffusion
import Testing

struct GenerationTests {
    private func refusal(_ change: (inout Generation) -> Void, _ scheduler: SchedulerConfiguration = .init()) -> String? {
        var model = Generation.Model(weightsSHA256: String(repeating: "a", count: 64), scheduler: scheduler, channels: 1)
        model.sizeDivisor = 8
        var generation = Generation()
        change(&generation)
        do {
            for recipe in try generation.recipes(for: model) { _ = try Trajectory(recipe: recipe) }
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
        #expect(refusal({ $0.sampler = .dpmSolverPlusPlus }, scheduler) == "steps")
        scheduler.solver.minimumLambda = .nan
        #expect(refusal({ $0.sampler = .dpmSolverPlusPlus }, scheduler) == "steps")
    }

    /// Near t = T a cosine leaves next to nothing of the image: no sampler may overflow there.
    @Test(arguments: SamplerKind.allCases, TimestepSpacing.allCases)
    func cosineIsSafeNearItsEnd(_ kind: SamplerKind, _ spacing: TimestepSpacing) throws {
        for prediction in PredictionType.allCases {
            for steps in [1, 2, 10, 999] {
                var scheduler = SchedulerConfiguration()
                scheduler.betaSchedule = .squaredCosine
                (scheduler.prediction, scheduler.spacing) = (prediction, spacing)
                // 999 of 1000 steps are more than the solver's lists have room for.
                guard let start = try? Trajectory(recipe: .make(kind, steps: steps, scheduler: scheduler)) else {
                    #expect(kind == .dpmSolverPlusPlus && steps == 999)
                    continue
                }
                #expect(try Denoiser(RationalNetwork()).run(start).image().count == 50)
            }
        }
    }
}
