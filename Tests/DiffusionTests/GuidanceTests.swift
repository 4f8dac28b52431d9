import Diffusion
import Networks
import Testing

struct GuidanceTests {
    /// Records its rows, answers with the class row's number (0 without), and twice as many values if asked.
    private final class Recorder: NoisePredictor {
        var batches: [[UNetRow]] = []
        let learned: Bool

        init(learned: Bool = false) { self.learned = learned }

        func evaluate(_ rows: [UNetRow], height: Int, width: Int) -> [[Float]] {
            batches.append(rows)
            return rows.map { row in
                guard case .rows(let list) = row.condition else { return row.sample }
                let value = Float(list.reduce(0, +))
                let answer = [Float](repeating: value, count: row.sample.count)
                return learned ? answer + answer : answer
            }
        }
    }

    private func trajectory(_ guidance: Double, input: ClassInput = .rows([2]), null: ClassInput? = .rows([7])) throws -> Trajectory {
        var scheduler = SchedulerConfiguration()
        (scheduler.prediction, scheduler.clipsSample) = (.sample, false)
        var recipe = Recipe.make(.ddim, steps: 2, scheduler: scheduler)
        recipe.guidance = guidance
        recipe.condition = Condition(input: input, null: null)
        return try Trajectory(recipe: recipe)
    }

    @Test func conditionAndNullShareABatch() throws {
        let recorder = Recorder()
        var batch = [try trajectory(3), try trajectory(1), try trajectory(0), try trajectory(3, input: .rows([7]))]
        try TrajectoryStepper(recorder).step(&batch)
        #expect(recorder.batches.count == 1)
        #expect(recorder.batches[0].map(\.condition) == [.rows([2]), .rows([7]), .rows([2]), .rows([7]), .rows([7])])
        // null + w (condition - null): 7 + 3 (2 - 7) for the first.
        let answers: [Float?] = [-8, 2, 7, 7]
        #expect(batch.map { $0.preview?.first } == answers)
    }

    /// The variance of a guided step is the condition's own.
    @Test func learnedVariancesAreNotExtrapolated() throws {
        var recipe = Recipe.make(.ddpm, steps: 2)
        recipe.scheduler.varianceType = .learnedRange
        recipe.condition = Condition(input: .rows([0]), null: .rows([0, 0]))
        let plain = try TrajectoryStepper(Recorder(learned: true)).run(Trajectory(recipe: recipe))
        recipe.guidance = 2
        let guided = try TrajectoryStepper(Recorder(learned: true)).run(Trajectory(recipe: recipe))
        #expect(plain.latent == guided.latent)
        recipe.condition.null = .rows([1])
        #expect(try TrajectoryStepper(Recorder(learned: true)).run(Trajectory(recipe: recipe)).latent != plain.latent)
    }

    /// Answers rows of class 2 and of all others with fixed numbers.
    private struct Fixed: NoisePredictor {
        func evaluate(_ rows: [UNetRow], height: Int, width: Int) -> [[Float]] {
            rows.map { $0.condition == .rows([2]) ? [0.5, -1.25, 0.75, 2] : [0.25, -0.5, 1.5, 0.125] }
        }
    }

    /// diffusers' `rescale_noise_cfg` of these numbers.
    @Test(arguments: [
        (0.7, [0.558066249, -1.534682155, -0.418549687, 3.208880901]), (1, [0.368666053, -1.013831615, -0.276499540, 2.119829893]),
    ] as [(Double, [Float])])
    func rescaledGuidanceIsThatOfDiffusers(_ rescale: Double, _ expected: [Float]) throws {
        var recipe = try trajectory(3).recipe
        (recipe.channels, recipe.height, recipe.width, recipe.guidanceRescale) = (1, 2, 2, rescale)
        var batch = [try Trajectory(recipe: recipe)]
        try TrajectoryStepper(Fixed()).step(&batch)
        #expect(Fixture.largestDifference(try #require(batch[0].preview), expected) <= 2.4e-7)
        // Nothing to bring back where the condition is all there is.
        recipe.guidance = 1
        batch = [try Trajectory(recipe: recipe)]
        try TrajectoryStepper(Fixed()).step(&batch)
        #expect(batch[0].preview == [0.5, -1.25, 0.75, 2])
    }

    @Test func equalAnswersAreNotRescaled() throws {
        var recipe = try trajectory(3).recipe
        recipe.guidanceRescale = 1
        var batch = [try Trajectory(recipe: recipe)]
        try TrajectoryStepper(Recorder()).step(&batch)
        #expect(batch[0].preview?.first == -8)
    }

    /// Rows of each evaluation of a run of ten: 2 where guidance acts, the condition alone elsewhere.
    private func rows(_ interval: GuidanceInterval?, guidance: Double = 3) throws -> [Int] {
        var recipe = try trajectory(guidance).recipe
        (recipe.steps, recipe.guidanceInterval) = (10, interval)
        let recorder = Recorder()
        _ = try TrajectoryStepper(recorder).run(Trajectory(recipe: recipe))
        for batch in recorder.batches where batch.count == 1 { #expect(batch[0].condition == (guidance == 0 ? .rows([7]) : .rows([2]))) }
        let rows = recorder.batches.map(\.count)
        #expect(try rows.reduce(0, +) == recipe.work().networkRows)
        return rows
    }

    @Test func guidanceActsInItsIntervalOnly() throws {
        #expect(try rows(nil) == [Int](repeating: 2, count: 10))
        #expect(try rows(.steps(start: 0, end: 1)) == [Int](repeating: 2, count: 10))
        #expect(try rows(.steps(start: 0.2, end: 0.5)) == [1, 1, 2, 2, 2, 1, 1, 1, 1, 1])
        #expect(try rows(.steps(start: 0.25, end: 0.51)) == [1, 1, 1, 2, 2, 2, 1, 1, 1, 1])
        // sigma at timesteps 900, 800, ... 0 of the linear schedule: 60.8, 25.7, 12.0, 6.17, 3.44, 2.04, 1.24, 0.72, 0.34, 0.01
        #expect(try rows(.sigma(low: 0, high: 1000)) == [Int](repeating: 2, count: 10))
        #expect(try rows(.sigma(low: 1, high: 6.5)) == [1, 1, 1, 2, 2, 2, 2, 1, 1, 1])
        // Where the formula is the condition alone there is one row anyway.
        #expect(try rows(.steps(start: 0.2, end: 0.5), guidance: 1) == [Int](repeating: 1, count: 10))
    }

    @Test(arguments: [
        .steps(start: 0.5, end: 0.5), .steps(start: -0.1, end: 0.5), .steps(start: 0, end: 1.1), .steps(start: .nan, end: 1),
        .sigma(low: 2, high: 1), .sigma(low: -1, high: 1), .sigma(low: 0, high: .infinity),
    ] as [GuidanceInterval])
    func intervalsThatAreNoneAreRefused(_ interval: GuidanceInterval) throws {
        var recipe = try trajectory(3).recipe
        recipe.guidanceInterval = interval
        let error = #expect(throws: InvalidSetting.self) { try recipe.validate() }
        #expect(error?.field == "guidance_interval")
    }

    @Test func sizesMakeBatchesOfTheirOwn() throws {
        let recorder = Recorder()
        var batch = [try trajectory(3)]
        for size in [(2, 5, 5), (2, 5, 6), (2, 6, 5)] { batch.append(try Trajectory(recipe: .make(.ddpm, steps: 3, size: size))) }
        try TrajectoryStepper(recorder).step(&batch)
        #expect(recorder.batches.map(\.count) == [3, 1, 1])
        #expect(batch.allSatisfy { $0.progress.done == 1 })
    }
}
