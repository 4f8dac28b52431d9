import Diffusion
import Images
import Networks
import Testing

/// How a restored image agrees with what is given.
struct RestoredImageTests {
    private let stepper = TrajectoryStepper(RationalNetwork())

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

    @Test(arguments: try RestorationTests.cases())
    func theAnswerAgreesWithWhatIsGiven(_ one: RestorationTests.Case) throws {
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
            var generation = RestorationTests.generation(.ddim, eta: 0.5)
            generation.bitDepth = made
            let image = try RestorationTests.image(16, 16, depth: given, seed: 5), mask = try RestorationTests.mask(16, 16)
            var task = Inpainting(generation, image: image, mask: mask)
            task.method = method
            let end = try stepper.run(Trajectory(recipe: task.series(for: RestorationTests.model()).first, inputs: task.inputs))
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
        let image = try RestorationTests.image(4, 4), levels: [UInt16] = [0, 64, 128, 255]
        let mask = try PixelImage(width: 4, height: 4, channels: 1, bitDepth: 8, samples: (0..<16).map { levels[$0 % 4] })
        for method in [Restoration.Method.ddnm, .repaint] where method == .ddnm || sampler != .dpmSolverPlusPlus {
            var task = Inpainting(RestorationTests.generation(sampler), image: image, mask: mask)
            task.method = method
            let model = RestorationTests.model { $0.scheduler.prediction = .sample }
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
                let task = SuperResolution(RestorationTests.generation(.ddim, eta: 1), image: image, scale: scale)
                let model = RestorationTests.model { $0.scheduler.clipsSample = false }
                let end = try stepper.run(Trajectory(recipe: task.series(for: model).first, inputs: task.inputs))
                let report = try #require(try end.consistency(of: quantised(end)))
                #expect(report.computed.maximum < 1e-4 && report.quantised.maximum <= 0.5)
                if value == 0 || value == 255 { #expect(Set(try quantised(end)) == [value]) }
            }
        }
    }
}
