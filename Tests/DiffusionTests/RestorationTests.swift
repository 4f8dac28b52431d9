import Bytes
import Diffusion
import Networks
import Images
import Testing

/// What holds of every restoration: resuming, neighbours, agreement with what is given.
struct RestorationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let recipe: Recipe
        let inputs: RestorationInputs
        var testDescription: String {
            "\(recipe.kind.rawValue), \(recipe.restoration?.method.rawValue ?? ""), \(recipe.sampler.rawValue), \(recipe.noise.rawValue)"
        }
    }

    static let hash = Digest(hexadecimal: String(repeating: "0f", count: 32))!

    static func image(_ width: Int, _ height: Int, channels: Int = 3, depth: Int = 8, seed: UInt64 = 1) throws -> PixelImage {
        var state = seed
        let samples = (0..<(width * height * channels)).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            // Black and white often: that is where ranges are left.
            let value = UInt16(truncatingIfNeeded: state >> 40) >> (depth == 8 ? 8 : 0)
            return state >> 61 == 0 ? 0 : state >> 61 == 1 ? (depth == 8 ? 255 : 65535) : value
        }
        return try PixelImage(width: width, height: height, channels: channels, bitDepth: depth, samples: samples)
    }

    static func mask(_ width: Int, _ height: Int, grey: Bool = false) throws -> PixelImage {
        let samples = (0..<(width * height)).map { i in
            let inside = i % width >= width / 4 && i / width >= height / 4
            return inside ? (grey && i % 3 == 0 ? UInt16(i * 7 % 255) : 255) : UInt16(0)
        }
        return try PixelImage(width: width, height: height, channels: 1, bitDepth: 8, samples: samples)
    }

    static func model(_ change: (inout Generation.Model) -> Void = { _ in }) -> Generation.Model {
        var scheduler = SchedulerConfiguration()
        scheduler.betaSchedule = .squaredCosine
        var model = Generation.Model(weightsSHA256: hash, scheduler: scheduler, channels: 3)
        change(&model)
        return model
    }

    static func generation(_ sampler: SamplerKind, _ noise: NoiseSource = .philox, eta: Double = 0) -> Generation {
        var generation = Generation()
        (generation.sampler, generation.noise, generation.eta, generation.steps, generation.seed) = (sampler, noise, eta, 12, 77)
        return generation
    }

    /// Every method with every sampler it allows, both kinds of noise, both tasks.
    static func cases() throws -> [Case] {
        var cases: [Case] = []
        for noise in NoiseSource.allCases {
            for sampler in SamplerKind.allCases {
                var inpainting = Inpainting(generation(sampler, noise), image: try image(8, 8), mask: try mask(8, 8, grey: true))
                // Samplers that say no are told apart below.
                if let recipe = try? inpainting.series(for: model()).first { cases.append(Case(recipe: recipe, inputs: inpainting.inputs)) }
                (inpainting.method, inpainting.resampling) = (.repaint, .init(length: 3, count: 3))
                if let recipe = try? inpainting.series(for: model()).first { cases.append(Case(recipe: recipe, inputs: inpainting.inputs)) }
                let enlarging = SuperResolution(generation(sampler, noise), image: try image(4, 2), scale: 4)
                if let recipe = try? enlarging.series(for: model()).first { cases.append(Case(recipe: recipe, inputs: enlarging.inputs)) }
            }
            for scale in Restoration.scales {
                var noisy = SuperResolution(generation(.ddim, noise, eta: 0.85), image: try image(2, 3), scale: scale)
                (noisy.noiseLevel, noisy.resampling) = (0.1, .init(length: 4, count: 2))
                cases.append(Case(recipe: try noisy.series(for: model()).first, inputs: noisy.inputs))
                let colouring = SuperResolution(generation(.ddim, noise, eta: 0.85), image: try image(2, 3, channels: 1), scale: scale)
                cases.append(Case(recipe: try colouring.series(for: model()).first, inputs: colouring.inputs))
            }
        }
        return cases
    }

    private let stepper = TrajectoryStepper(RationalNetwork())

    private func bits(_ trajectory: Trajectory) -> [UInt32] { trajectory.latent.map(\.bitPattern) }

    @Test func samplersThatCannotAreRefusedByName() throws {
        let cases = try Self.cases()
        for sampler in SamplerKind.allCases {
            let methods = Set(cases.filter { $0.recipe.sampler == sampler }.map { $0.recipe.restoration?.method })
            #expect(methods.contains(.ddnm) == (sampler != .probabilityFlow), "\(sampler)")
            #expect(methods.contains(.repaint) == (sampler == .ddim || sampler == .ddpm))
        }
    }

    @Test(arguments: try cases())
    func resumedAnywhereItEndsOnTheSameBits(_ one: Case) throws {
        let unbroken = try stepper.run(Trajectory(recipe: one.recipe, inputs: one.inputs))
        var batch = [try Trajectory(recipe: one.recipe, inputs: one.inputs)]
        while true {
            let bytes = batch[0].serialized()
            let copy = try Trajectory(serialized: bytes, of: Run(one.recipe, inputs: one.inputs), seed: one.recipe.seed)
            #expect(copy.serialized() == bytes && copy.progress == batch[0].progress)
            #expect(bits(try stepper.run(copy)) == bits(unbroken))
            batch[0] = copy
            if copy.finished { break }
            try stepper.step(&batch)
        }
        #expect(bits(batch[0]) == bits(unbroken))
        // The pixels are not among the bytes.
        #expect(throws: InvalidSetting.self) { try Trajectory(serialized: batch[0].serialized()) }
    }

    /// The images of a job share one run: they are those that each recipe makes by itself.
    @Test(arguments: try cases())
    func imagesOfOneRunAreThoseOfTheirRecipes(_ one: Case) throws {
        let run = try Run(one.recipe, inputs: one.inputs)
        #expect(try run.work == one.recipe.work())
        for seed in [one.recipe.seed, one.recipe.seed &+ 1] {
            let image = Trajectory(run, seed: seed)
            #expect(image.run === run && image.recipe == run.recipe(seed: seed))
            let alone = try Trajectory(recipe: run.recipe(seed: seed), inputs: one.inputs)
            #expect(bits(try stepper.run(image)) == bits(try stepper.run(alone)))
        }
    }

    @Test func neighboursChangeNothing() throws {
        let cases = try Self.cases()
        let alone = try cases.map { bits(try stepper.run(Trajectory(recipe: $0.recipe, inputs: $0.inputs))) }
        var batch = try cases.map { try Trajectory(recipe: $0.recipe, inputs: $0.inputs) }
        batch.append(try Trajectory(recipe: .make(.ddim, steps: 20)))
        while batch.contains(where: { !$0.finished }) { try stepper.step(&batch) }
        for (place, expected) in alone.enumerated() { #expect(bits(batch[place]) == expected, "\(cases[place])") }
        // Samplers that differ in options alone may agree.
        #expect(Set(alone).count > alone.count / 2)
    }

    @Test func brokenNetworksAreNoticed() throws {
        for one in try Self.cases() {
            var trajectory = try Trajectory(recipe: one.recipe, inputs: one.inputs)
            while !trajectory.finished { try trajectory.advance([Float](repeating: .nan, count: one.recipe.count)) }
            #expect(throws: InvalidSetting.self) { try trajectory.image() }
        }
    }
}
