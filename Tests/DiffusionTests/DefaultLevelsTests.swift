import Bytes
@testable import Diffusion
import JSON
import Testing

/// The levels of runs for which no spacing is asked.
struct DefaultLevelsTests {
    private static let schedules: [BetaSchedule] = [
        .linear(start: 0.0001, end: 0.02), .squaredCosine, .scaledLinear(start: 0.00085, end: 0.012),
    ]

    private static func model(
        _ schedule: BetaSchedule, total: Int = 1000, _ change: (inout SchedulerConfiguration) -> Void = { _ in }
    ) -> Generation.Model {
        var scheduler = SchedulerConfiguration()
        (scheduler.betaSchedule, scheduler.trainingSteps, scheduler.spacing) = (schedule, total, .leading)
        change(&scheduler)
        return Generation.Model(weightsSHA256: Digest(hexadecimal: String(repeating: "a", count: 64))!, scheduler: scheduler, channels: 1)
    }

    /// What a run evaluates: levels and timesteps, from its first to its last evaluation of a level.
    private static func levels(_ kind: SamplerKind, steps: Int, model: Generation.Model, options: SamplerOptions? = nil)
        throws -> [(sigma: Float, timestep: Float)]
    {
        let options = options ?? SamplerOptions().completed(for: kind, model: model)
        let schedule = try kind.schedule(configuration: model.scheduler, options: options)
        let sampler = try kind.sampler(schedule: schedule, steps: steps, eta: 0, options: options)
        let state = SamplerState(latent: [])
        let perLevel = [.heun, .edm, .predictorCorrector].contains(kind) ? 2 : 1
        return stride(from: 0, to: sampler.evaluations, by: perLevel).map {
            (sampler.sigma(state, $0), sampler.timestep(state, $0))
        }
    }

    private static let listed = SamplerKind.allCases.filter { $0 != .probabilityFlow }

    /// First the noisiest level, then down without a break, as many as asked, to the lowest stretch of the schedule.
    @Test(arguments: listed, [(1000, 37), (999, 111), (251, 1)])
    func defaultsBeginAtTheNoisiestLevelAndFall(_ kind: SamplerKind, _ size: (total: Int, stride: Int)) throws {
        let model = Self.model(.linear(start: 0.0001, end: 0.02), total: size.total)
        let table = try SigmaTable(Schedule(model.scheduler))
        let top = kind == .edm ? min(80, table.sigmas[size.total - 1]) : table.sigmas[size.total - 1]
        // All counts of the smallest, many of the others, always those in which T / N is inexact near 1 and 2.
        let counts = (1...size.total).filter { $0 % size.stride == 1 % size.stride || $0 <= 12 || $0 > size.total - 4 }
        for steps in counts + [size.total / 2, size.total / 2 + 1, size.total * 3 / 5] {
            let levels = try Self.levels(kind, steps: steps, model: model)
            let first = try #require(levels.first), last = try #require(levels.last)
            #expect(levels.count == steps, "\(steps)")
            #expect((first.sigma / top - 1).magnitude < 1e-5, "\(steps) steps begin at \(first.sigma)")
            if kind != .edm { #expect((first.timestep - Float(size.total - 1)).magnitude < 0.01, "\(steps)") }
            let falls = zip(levels, levels.dropFirst()).allSatisfy { $1.sigma < $0.sigma && $1.timestep < $0.timestep }
            #expect(falls, "\(steps)")
            #expect(last.timestep >= 0 && last.timestep <= (Float(size.total) / Float(steps)).rounded(.up), "\(steps)")
            if steps == size.total { #expect(last.timestep < 0.5) }
        }
    }

    /// The lists themselves, for every number of steps and many lengths of training, odd ones too.
    @Test func listsOfEveryLengthFallFromTheLastTimestep() throws {
        for total in [1, 2, 3, 7, 10, 99, 100, 101, 250, 255, 333, 997, 999, 1000] {
            var configuration = SchedulerConfiguration()
            configuration.trainingSteps = total
            for steps in 1...total {
                for list in [
                    try Timesteps.discrete(steps: steps, spacing: .trailing, configuration: configuration),
                    try Timesteps.multistep(
                        steps: steps, spacing: .trailing, last: total, configuration: configuration),
                ] {
                    #expect(list.count == steps && list.first == total - 1, "\(steps) of \(total)")
                    #expect(zip(list, list.dropFirst()).allSatisfy { $0 > $1 }, "\(steps) of \(total)")
                    let end = Double(total) / Double(steps)
                    #expect(Double(list[steps - 1]) >= 0 && Double(list[steps - 1]) <= end, "\(steps) of \(total)")
                }
            }
        }
    }

    /// Beyond linear betas Heun's method begins at the ceiling, whatever spacing is asked.
    @Test(arguments: schedules, [nil, "linspace", "trailing", "karras", "exponential"])
    func heunBeginsWhereItsStepsAreSound(_ schedule: BetaSchedule, _ spacing: String?) throws {
        let model = Self.model(schedule)
        var options = SamplerOptions()
        options.spacing = SamplerOptions.Spacing.allCases.first { $0.name == spacing }
        options = options.completed(for: .heun, model: model)
        for steps in [10, 25, 600, 1000] {
            let levels = try Self.levels(.heun, steps: steps, model: model, options: options)
            #expect(try #require(levels.first).sigma <= 160, "\(steps)")
            #expect(zip(levels, levels.dropFirst()).allSatisfy { $1.sigma < $0.sigma }, "\(steps)")
        }
    }

    /// Levels by their noise, too, whatever timesteps the file would begin with.
    @Test(arguments: [SamplerKind.dpmSolverPlusPlus, .unipc, .euler, .eulerAncestral, .heun], SigmaSpacing.allCases)
    func levelsByNoiseBeginAtTheNoisiest(_ kind: SamplerKind, _ spacing: SigmaSpacing) throws {
        let model = Self.model(.linear(start: 0.0001, end: 0.02))
        let table = try SigmaTable(Schedule(model.scheduler))
        var options = SamplerOptions()
        options.spacing = .sigmas(spacing)
        options = options.completed(for: kind, model: model)
        for steps in [10, 334, 600] {
            let first = try #require(Self.levels(kind, steps: steps, model: model, options: options).first)
            #expect((first.sigma / table.sigmas[999] - 1).magnitude < 1e-5, "\(steps)")
        }
    }

    /// Each step of DDIM leads to the level that the next evaluation is told, as a network with a perfect estimate
    /// shows.
    @Test(arguments: [TimestepSpacing.trailing, .linspace, .leading], [7, 10, 334, 600, 1000])
    func theDefaultOfDDIMFollowsItsList(_ spacing: TimestepSpacing, _ steps: Int) throws {
        var options = SamplerOptions()
        options.spacing = .timesteps(spacing)
        let model = Self.model(.squaredCosine) { $0.prediction = .sample }
        options = options.completed(for: .ddim, model: model)
        #expect(options.stride == .list)
        let schedule = try SamplerKind.ddim.schedule(configuration: model.scheduler, options: options)
        let sampler = try SamplerKind.ddim.sampler(schedule: schedule, steps: steps, eta: 0, options: options)
        let (image, noise): (Float, Float) = (0.3, 0.8)
        var state = SamplerState(latent: [0])
        for index in 0..<sampler.evaluations {
            let alphaBar = schedule.alphaBar[Int(sampler.timestep(state, index))]
            let expected = alphaBar.squareRoot() * image + (1 - alphaBar).squareRoot() * noise
            if index == 0 { state.latent = [expected] }
            #expect((state.latent[0] - expected).magnitude < 1e-3, "\(index) of \(steps)")
            state.latent = [expected]
            let estimate = sampler.denoise(state, prediction: [image], at: index)
            sampler.advance(&state, image: estimate, prediction: [image], noise: [], at: index)
        }
        #expect((state.latent[0] - image).magnitude < 1e-3)
    }

    /// Of its own class a file's spacing is taken if it begins at the noisiest level; of others never.
    @Test func theFileCountsForItsOwnClass() {
        func spacing(_ kind: SamplerKind, _ className: String, _ change: (inout SchedulerConfiguration) -> Void)
            -> String?
        {
            var model = Self.model(.squaredCosine, change)
            model.ownSamplers = SamplerKind.samplers(ofSchedulerClass: className)
            return SamplerOptions().completed(for: kind, model: model).spacing?.name
        }
        #expect(spacing(.ddpm, "DDPMScheduler") { $0.spacing = .leading } == "trailing")
        #expect(spacing(.ddpm, "DDPMScheduler") { $0.spacing = .linspace } == "linspace")
        #expect(spacing(.ddim, "DDPMScheduler") { $0.spacing = .linspace } == "trailing")
        #expect(spacing(.dpmSolverPlusPlus, "DPMSolverMultistepScheduler") { $0.sigmaSpacing = .karras } == "karras")
        #expect(spacing(.euler, "DPMSolverMultistepScheduler") { $0.sigmaSpacing = .karras } == "trailing")
        #expect(spacing(.heun, "EulerDiscreteScheduler") { $0.spacing = .trailing } == "karras")
        #expect(spacing(.probabilityFlow, "DDPMScheduler") { $0.spacing = .leading } == nil)
        #expect(spacing(.euler, "EDMEulerScheduler") { $0.edm = EDMConfiguration() } == "karras")
    }

    @Test func whatIsSetStays() {
        let model = Self.model(.squaredCosine) { $0.clipsSample = true }
        for kind in SamplerKind.allCases {
            var options = SamplerOptions()
            options.spacing = .model
            #expect(options.completed(for: kind, model: model) == options)
            options.spacing = .timesteps(.linspace)
            (options.stride, options.clip, options.sigmaMaximum) = (.training, false, 20)
            #expect(options.completed(for: kind, model: model) == options)
            let completed = SamplerOptions().completed(for: kind, model: model)
            #expect(completed.completed(for: kind, model: model) == completed)
            let byItself: [SamplerKind] = [.ddpm, .ddim, .heun, .predictorCorrector, .probabilityFlow]
            #expect((completed.clip == true) == !byItself.contains(kind))
        }
    }
}
