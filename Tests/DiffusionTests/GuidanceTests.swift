import Diffusion
import Testing

struct GuidanceTests {
    /// Records its rows, answers with the class row's number (0 without), and twice as many values if asked.
    private final class Recorder: NoisePredictor {
        var batches: [[NetworkRow]] = []
        let learned: Bool

        init(learned: Bool = false) { self.learned = learned }

        func evaluate(_ rows: [NetworkRow], height: Int, width: Int) -> [[Float]] {
            batches.append(rows)
            return rows.map { row in
                guard case .rows(let list) = row.input else { return row.sample }
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
        try Denoiser(recorder).step(&batch)
        #expect(recorder.batches.count == 1)
        #expect(recorder.batches[0].map(\.input) == [.rows([2]), .rows([7]), .rows([2]), .rows([7]), .rows([7])])
        // null + w (condition - null): 7 + 3 (2 - 7) for the first.
        let answers: [Float?] = [-8, 2, 7, 7]
        #expect(batch.map { $0.preview?.first } == answers)
    }

    /// The variance of a guided step is the condition's own.
    @Test func learnedVariancesAreNotExtrapolated() throws {
        var recipe = Recipe.make(.ddpm, steps: 2)
        recipe.scheduler.varianceType = .learnedRange
        recipe.condition = Condition(input: .rows([0]), null: .rows([0, 0]))
        let plain = try Denoiser(Recorder(learned: true)).run(Trajectory(recipe: recipe))
        recipe.guidance = 2
        let guided = try Denoiser(Recorder(learned: true)).run(Trajectory(recipe: recipe))
        #expect(plain.latent == guided.latent)
        recipe.condition.null = .rows([1])
        #expect(try Denoiser(Recorder(learned: true)).run(Trajectory(recipe: recipe)).latent != plain.latent)
    }

    @Test func sizesMakeBatchesOfTheirOwn() throws {
        let recorder = Recorder()
        var batch = [try trajectory(3)]
        for size in [(2, 5, 5), (2, 5, 6), (2, 6, 5)] { batch.append(try Trajectory(recipe: .make(.ddpm, steps: 3, size: size))) }
        try Denoiser(recorder).step(&batch)
        #expect(recorder.batches.map(\.count) == [3, 1, 1])
        #expect(batch.allSatisfy { $0.progress.done == 1 })
    }
}
