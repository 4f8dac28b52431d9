import Checkpoints
import Diffusion
import FoundationEssentials
import Images
import JSON
import Networks
import Tensors
import Testing

/// Models trained for super-resolution see the low-resolution image in further channels.
struct ConcatenationTests {
    /// Answers with half of its x_t, wherever that stands; keeps what it was shown.
    private final class Recorder: NoisePredictor {
        let order: Concatenation.Order
        var shown: [[Float]] = []

        init(_ order: Concatenation.Order) { self.order = order }

        func evaluate(_ rows: [UNetRow], height: Int, width: Int) -> [[Float]] {
            rows.map { row in
                let half = row.sample.count / 2
                let (first, last) = (Array(row.sample[..<half]), Array(row.sample[half...]))
                shown.append(order == .conditionFirst ? first : last)
                return (order == .conditionFirst ? last : first).map { $0 / 2 }
            }
        }
    }

    @Test(arguments: Concatenation.Order.allCases, Upsampling.allCases)
    func theEnlargedImageStandsWhereTheModelExpectsIt(_ order: Concatenation.Order, _ upsampling: Upsampling) throws {
        var generation = Generation()
        (generation.sampler, generation.steps, generation.seed) = (.ddim, 4, 3)
        let image = try RestorationTests.image(3, 2)
        let model = RestorationTests.model { $0.concatenation = Concatenation(order: order, upsampling: upsampling) }
        let task = SuperResolution(generation, image: image, scale: 4)
        let network = Recorder(order)
        let recipe = try task.series(for: model).first
        let end = try TrajectoryStepper(network).run(Trajectory(recipe: recipe, inputs: task.inputs))

        let planes = (0..<18).map { Float(image.samples[$0 % 6 * 3 + $0 / 6]) / 127.5 - 1 }
        let enlarged = upsampling.enlarge(planes, width: 3, height: 2, scale: 4)
        #expect(network.shown.count == 4)
        for shown in network.shown { #expect(Fixture.largestDifference(shown, enlarged) < 1e-6) }

        // But for what it is shown, such a model is run as any other.
        struct Half: NoisePredictor {
            func evaluate(_ rows: [UNetRow], height: Int, width: Int) -> [[Float]] { rows.map { $0.sample.map { $0 / 2 } } }
        }
        var plain = recipe
        (plain.kind, plain.restoration) = (.generation, nil)
        #expect(try TrajectoryStepper(Half()).run(Trajectory(recipe: plain)).latent == end.latent)
        let report = try #require(try end.consistency(of: [UInt16](repeating: 0, count: recipe.count)))
        #expect(report.quantised.maximum > 0.5, "what it was given is a hint, not a bound")
    }

    /// A real network by diffusers (`Tests/Fixtures/diffusion/make_conditional_goldens.py`).
    @Test func runsEndWhereDiffusersEnds() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/diffusion/conditional")
        let unet = try UNet(folder: ModelFolder(path: folder.path()))
        let network = NetworkPredictor(network: unet, compute: Compute(threads: 1))
        for golden in try Fixture.cases("conditional.json") {
            let order = try #require(golden["order"]?.string.flatMap { Concatenation.Order(rawValue: $0) })
            let upsampling = try #require(golden["upsampling"]?.string.flatMap { Upsampling(rawValue: $0) })
            let scale = try #require(golden["scale"]?.number?.int)
            let model = RestorationTests.model { ($0.channels, $0.concatenation) = (1, Concatenation(order: order, upsampling: upsampling)) }
            var generation = Generation()
            (generation.sampler, generation.steps, generation.noise) = (.ddim, 6, .torch)
            generation.seed = try #require(golden["seed"]?.number?.uint64)
            let pixels = try Fixture.ints(golden["pixels"]).map { UInt16($0) }
            let image = try PixelImage(width: 16 / scale, height: 16 / scale, channels: 1, bitDepth: 8, samples: pixels)
            let task = SuperResolution(generation, image: image, scale: scale)
            let end = try TrajectoryStepper(network).run(Trajectory(recipe: task.series(for: model).first, inputs: task.inputs))
            let difference = Fixture.largestDifference(end.latent, try Fixture.floats(golden["last"]))
            #expect(difference < 1e-4, "differs by \(difference)")
        }
    }
}
