import Bytes
import Diffusion
import JSON
import Testing

struct TrajectoryTests {
    /// One recipe of each sampler and kind of noise, with guidance where it matters.
    static let recipes: [Recipe] = SamplerKind.allCases.flatMap { sampler in
        NoiseSource.allCases.map { noise in
            var scheduler = SchedulerConfiguration()
            scheduler.betaSchedule = .squaredCosine
            scheduler.prediction = .velocity
            scheduler.solver.order = 3
            var recipe = Recipe.make(sampler, steps: 17, scheduler: scheduler, size: (3, 4, 5))
            (recipe.noise, recipe.seed) = (noise, 0xFFFF_FFFF_FFFF_FFF0)
            switch sampler {
            case .ddim: recipe.eta = 0.7
            case .edm:
                var churn = Churn()
                (churn.amount, churn.lowest, churn.noise) = (5, 0.1, 1.003)
                recipe.samplerOptions.churn = churn
            case .predictorCorrector: recipe.samplerOptions.correctorSteps = 2
            case .probabilityFlow: (recipe.steps, recipe.samplerOptions.tolerance) = (600, 1e-3)
            case .unipc: recipe.scheduler.solver.uncorrectedSteps = [3]
            default: break
            }
            recipe.condition = Condition(
                choices: [.init(attribute: "finding", values: ["effusion", "Ödem \"x\""])], input: .rows([1, 4]), null: .rows([9]))
            recipe.guidance = 1.5
            return recipe
        }
    }

    private let stepper = TrajectoryStepper(RationalNetwork())

    @Test(arguments: recipes)
    func resumedAnywhereItEndsOnTheSameBits(_ recipe: Recipe) throws {
        let unbroken = try stepper.run(Trajectory(recipe: recipe))
        var batch = [try Trajectory(recipe: recipe)]
        var resumed: [Trajectory] = []
        while true {
            let bytes = batch[0].serialized()
            let copy = try Trajectory(serialized: bytes, of: Run(recipe), seed: recipe.seed)
            #expect(copy.serialized() == bytes)
            #expect(copy.progress == batch[0].progress && copy.recipe == recipe && copy.preview == nil)
            resumed.append(try stepper.run(copy))
            // From one restart to the next, as well.
            batch[0] = copy
            if copy.finished { break }
            try stepper.step(&batch)
        }
        #expect(resumed.count == unbroken.evaluationsDone + 1)
        for end in resumed + batch { #expect(bits(end) == bits(unbroken)) }
    }

    @Test func savedBytesAreCompact() throws {
        let recipe = Recipe.make(.ddpm, steps: 10, size: (1, 64, 64))
        #expect(try Trajectory(recipe: recipe).serialized().count < 4 * 64 * 64 + 1200)
    }

    /// Alone, among others of other samplers, steps, sizes and places in their runs, in any order.
    @Test func neighboursChangeNothing() throws {
        let small = Recipe.make(.ddim, steps: 5, size: (3, 2, 2))
        let recipes = Self.recipes + [small, .make(.dpmSolverPlusPlus, steps: 3)]
        let alone = try recipes.map { bits(try stepper.run(Trajectory(recipe: $0))) }
        for order in [Array(recipes.indices), recipes.indices.reversed(), [0, 3, 0], [7, 1]] {
            var batch = try order.map { try Trajectory(recipe: recipes[$0]) }
            var late: Trajectory? = try Trajectory(recipe: recipes[2])
            while batch.contains(where: { !$0.finished }) {
                try stepper.step(&batch)
                // One that joins when the others are under way.
                if batch[0].evaluationsDone == 4, let joining = late {
                    batch.append(joining)
                    late = nil
                }
            }
            for (place, trajectory) in zip(order + [2], batch) { #expect(bits(trajectory) == alone[place]) }
        }
    }

    @Test func imagesOfDifferentSeedsDiffer() throws {
        var generation = Generation()
        (generation.count, generation.seed, generation.steps) = (3, .max, 4)
        let model = Generation.Model(weightsSHA256: Digest(hexadecimal: String(repeating: "a", count: 64))!, scheduler: .init(), channels: 1)
        let series = try generation.series(for: model), run = try Run(series.first)
        let seeds = (0..<series.count).map { series.seed(of: $0) }
        #expect(seeds == [.max, 0, 1] && series[2].seed == 1)
        let images = try seeds.map { bits(try stepper.run(Trajectory(run, seed: $0))) }
        #expect(images[0] != images[1] && images[1] != images[2] && images[0] != images[2])
    }

    /// An option at the value that means nothing leaves every bit as it was.
    @Test func unusedOptionsChangeNothing() throws {
        for noise in NoiseSource.allCases {
            var plain = Recipe.make(.ddim, steps: 9)
            plain.noise = noise
            let expected = bits(try stepper.run(Trajectory(recipe: plain)))
            var variants = [plain, plain, plain, plain]
            variants[0].scheduler.varianceType = .learnedRange
            variants[0].scheduler.solver.order = 3
            variants[1].bitDepth = 16
            variants[2].condition = Condition(input: .none, null: .rows([3]))
            variants[3].scheduler.thresholding = true
            for variant in variants { #expect(bits(try stepper.run(Trajectory(recipe: variant))) == expected) }
            // Weight 1 with a null class is the condition alone.
            var conditional = plain
            conditional.condition = Condition(input: .rows([2]), null: nil)
            var guided = conditional
            guided.condition.null = .rows([3])
            #expect(
                bits(try stepper.run(Trajectory(recipe: guided))) == bits(try stepper.run(Trajectory(recipe: conditional))))
        }
    }

    @Test func previewIsTheEstimateAndTheEndIsTheImage() throws {
        var batch = [try Trajectory(recipe: .make(.dpmSolverPlusPlus, steps: 6))]
        #expect(batch[0].preview == nil)
        #expect(throws: InvalidSetting.self) { try batch[0].image() }
        while !batch[0].finished {
            try stepper.step(&batch)
            #expect(batch[0].preview?.count == 50)
        }
        #expect(batch[0].preview == batch[0].latent)
        #expect(try batch[0].image() == batch[0].latent)
        #expect(batch[0].evaluation == nil)
        let bytes = batch[0].serialized()
        try batch[0].advance([Float](repeating: 0, count: 50))
        try stepper.step(&batch)
        #expect(batch[0].serialized() == bytes)
    }

    @Test func predictionsOfAWrongSizeAreRefused() throws {
        var trajectory = try Trajectory(recipe: .make(.ddpm, steps: 6))
        let bytes = trajectory.serialized()
        for count in [0, 49, 51, 99, 101] {
            #expect(throws: InvalidSetting.self) { try trajectory.advance([Float](repeating: 0, count: count)) }
        }
        #expect(trajectory.serialized() == bytes)
    }

    @Test(arguments: SamplerKind.allCases)
    func brokenNetworksAreNoticed(_ kind: SamplerKind) throws {
        var trajectory = try Trajectory(recipe: .make(kind, steps: 9))
        while !trajectory.finished { try trajectory.advance([Float](repeating: .nan, count: 50)) }
        let error = #expect(throws: InvalidSetting.self) { try trajectory.image() }
        #expect(error?.got.hasPrefix("nan") == true)
    }

    private func bits(_ trajectory: Trajectory) -> [UInt32] { trajectory.latent.map(\.bitPattern) }
}
