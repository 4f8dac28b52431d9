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

    private static func generation(_ sampler: SamplerKind, _ noise: NoiseSource = .philox, eta: Double = 0) -> Generation {
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

    /// As the encoder does it.
    private func quantised(_ trajectory: Trajectory) throws -> [UInt16] {
        let recipe = trajectory.recipe
        let top: Float = recipe.bitDepth == 8 ? 255 : 65535
        let (image, area) = (try trajectory.image(), recipe.width * recipe.height)
        return (0..<recipe.count).map { i in
            let value = image[i % recipe.channels * area + i / recipe.channels]
            return UInt16((min(max(value / 2 + 0.5, 0), 1) * top).rounded(.toNearestOrEven))
        }
    }

    @Test(arguments: try cases())
    func theAnswerAgreesWithWhatIsGiven(_ one: Case) throws {
        let end = try stepper.run(Trajectory(recipe: one.recipe, inputs: one.inputs))
        let report = try #require(try end.consistency(of: quantised(end)))
        guard one.recipe.restoration?.noiseLevel == 0 else {
            #expect(report.computed.maximum > 0.5, "noise is not taken for truth")
            return
        }
        #expect(report.computed.maximum < 1e-4)
        #expect(report.quantised.maximum <= 0.5 && report.quantised.mean <= report.quantised.maximum)
        #expect(report.outsideChange == (one.recipe.kind == .inpainting ? 0 : nil))
        #expect(end.latent.allSatisfy { (-1...1).contains($0) })
        if one.recipe.kind == .superResolution { #expect(report.quantised.mean > 0) }
    }

    /// What is kept comes back to the bit in both depths, and of 8 bits in 16 ones at the same place of the range.
    @Test(arguments: [8, 16], [8, 16])
    func keptPixelsAreTheGivenOnes(_ given: Int, _ made: Int) throws {
        for method in [Restoration.Method.ddnm, .repaint] {
            var generation = Self.generation(.ddim, eta: 0.5)
            generation.bitDepth = made
            let image = try Self.image(16, 16, depth: given, seed: 5), mask = try Self.mask(16, 16)
            var task = Inpainting(generation, image: image, mask: mask)
            task.method = method
            let end = try stepper.run(Trajectory(recipe: task.series(for: Self.model()).first, inputs: task.inputs))
            let samples = try quantised(end)
            var filled = 0
            for i in samples.indices {
                if mask.samples[i / 3] == 255 {
                    filled += samples[i] == image.samples[i] ? 0 : 1
                } else if given <= made {
                    #expect(Int(samples[i]) == Int(image.samples[i]) * (given == made ? 1 : 257))
                } else {
                    #expect(abs(Int(samples[i]) * 257 - Int(image.samples[i])) <= 129)
                }
            }
            #expect(filled > 400)
            let report = try #require(try end.consistency(of: samples))
            #expect((report.outsideChange == 0) == (given <= made))
        }
    }

    /// Grey levels of a mask blend: with a network that always says the same image, the answer is known.
    @Test(arguments: [SamplerKind.ddim, .ddpm, .dpmSolverPlusPlus])
    func softMasksBlend(_ sampler: SamplerKind) throws {
        struct Constant: NoisePredictor {
            func evaluate(_ rows: [UNetRow], height: Int, width: Int) -> [[Float]] { rows.map { $0.sample.map { _ in 0.5 } } }
        }
        let image = try Self.image(4, 4), levels: [UInt16] = [0, 64, 128, 255]
        let mask = try PixelImage(width: 4, height: 4, channels: 1, bitDepth: 8, samples: (0..<16).map { levels[$0 % 4] })
        for method in [Restoration.Method.ddnm, .repaint] where method == .ddnm || sampler != .dpmSolverPlusPlus {
            var task = Inpainting(Self.generation(sampler), image: image, mask: mask)
            task.method = method
            let model = Self.model { $0.scheduler.prediction = .sample }
            let end = try TrajectoryStepper(Constant()).run(Trajectory(recipe: task.series(for: model).first, inputs: task.inputs))
            for i in 0..<48 {
                let fill = Float(levels[i % 4]) / 255
                let given = Float(image.samples[i % 16 * 3 + i / 16]) / 127.5 - 1
                #expect((end.latent[i] - (fill * 0.5 + (1 - fill) * given)).magnitude < 1e-6)
            }
        }
    }

    /// Means over blocks that are black, white or nearly so, from a network that wants something else.
    @Test func rangesAreKeptWithoutContradiction() throws {
        for value in [0, 1, 128, 254, 255] as [UInt16] {
            for scale in Restoration.scales {
                let image = try PixelImage(width: 2, height: 2, channels: 3, bitDepth: 8, samples: [UInt16](repeating: value, count: 12))
                let task = SuperResolution(Self.generation(.ddim, eta: 1), image: image, scale: scale)
                let model = Self.model { $0.scheduler.clipsSample = false }
                let end = try stepper.run(Trajectory(recipe: task.series(for: model).first, inputs: task.inputs))
                let report = try #require(try end.consistency(of: quantised(end)))
                #expect(report.computed.maximum < 1e-4 && report.quantised.maximum <= 0.5)
                if value == 0 || value == 255 { #expect(Set(try quantised(end)) == [value]) }
            }
        }
    }

    @Test func brokenNetworksAreNoticed() throws {
        for one in try Self.cases() {
            var trajectory = try Trajectory(recipe: one.recipe, inputs: one.inputs)
            while !trajectory.finished { try trajectory.advance([Float](repeating: .nan, count: one.recipe.count)) }
            #expect(throws: InvalidSetting.self) { try trajectory.image() }
        }
    }
}
