import Diffusion
import Images
import JSON
import Testing

/// Whole restorations with torch noise against diffusers' RePaint and a float64 transcription of DDNM
/// (`Tests/Fixtures/diffusion/make_restoration_goldens.py`), the network being elementwise.
struct RestorationGoldenTests {
    struct Golden: Sendable, CustomTestStringConvertible {
        let recipe: Recipe
        let inputs: RestorationInputs
        let calls: Int
        let last: [Float]
        let testDescription: String
    }

    static func goldens(_ method: Restoration.Method) throws -> [Golden] {
        let list = try #require(Fixture.json("restoration.json")[method.rawValue]?.array)
        return try list.enumerated().map { place, golden in
            let shape = try Fixture.ints(golden["shape"])
            var recipe = Recipe.make(
                .ddim, steps: try #require(golden["steps"]?.number?.int), scheduler: try Fixture.configuration(golden["config"]),
                size: (shape[0], shape[1], shape[2]))
            recipe.seed = try #require(golden["seed"]?.number?.uint64)
            recipe.eta = try #require(golden["eta"]?.number?.double)
            recipe.noise = .torch
            let inputs = try inputs(golden, shape: shape)
            var restoration = Restoration(method: method, imageDigest: inputs.imageDigest)
            restoration.maskDigest = inputs.maskDigest
            restoration.scale = inputs.mask == nil ? golden["parameter"]?.number?.int : nil
            restoration.noiseLevel = golden["sigma"]?.number?.double ?? 0
            restoration.resampling = .init(
                length: try #require(golden["length"]?.number?.int), count: try #require(golden["count"]?.number?.int))
            (recipe.kind, recipe.restoration) = (inputs.mask == nil ? .superResolution : .inpainting, restoration)
            return Golden(
                recipe: recipe, inputs: inputs, calls: try #require(golden["calls"]?.number?.int), last: try Fixture.floats(golden["last"]),
                testDescription: "\(place): \(golden["kind"]?.string ?? "mask") \(recipe.steps) steps, eta \(recipe.eta)")
        }
    }

    private static func inputs(_ golden: JSONValue, shape: [Int]) throws -> RestorationInputs {
        let isEnlarged = golden["kind"].map { $0 != "mask" } ?? false
        let scale = isEnlarged ? try #require(golden["parameter"]?.number?.int) : 1
        let channels = golden["kind"] == "grey" ? 1 : shape[0]
        let (height, width) = (shape[1] / scale, shape[2] / scale)
        // numpy wrote planes.
        let planes = try Fixture.ints(golden["pixels"])
        let samples = (0..<planes.count).map { UInt16(planes[$0 % channels * width * height + $0 / channels]) }
        let image = try PixelImage(width: width, height: height, channels: channels, bitDepth: 8, samples: samples)
        guard !isEnlarged else { return RestorationInputs(image: image) }
        let mask = try Fixture.ints(golden["mask"] ?? golden["parameter"]).map { UInt16($0) }
        return RestorationInputs(image: image, mask: try PixelImage(width: width, height: height, channels: 1, bitDepth: 8, samples: mask))
    }

    private func check(_ golden: Golden, tolerance: Float) throws {
        let end = try TrajectoryStepper(RationalNetwork()).run(Trajectory(recipe: golden.recipe, inputs: golden.inputs))
        #expect(end.progress.done == golden.calls)
        let difference = Fixture.largestDifference(end.latent, golden.last)
        #expect(difference <= tolerance, "differs by \(difference)")
    }

    /// The largest measured was 4.1e-6; torch's square roots are approximations.
    @Test(arguments: try goldens(.repaint))
    func repaintEndsWhereDiffusersEnds(_ golden: Golden) throws { try check(golden, tolerance: 5e-6) }

    @Test(arguments: try goldens(.ddnm))
    func ddnmEndsWhereThePublishedEquationsEnd(_ golden: Golden) throws { try check(golden, tolerance: 2e-6) }

    @Test func levelsAreVisitedInTheOrderOfDiffusers() throws {
        for golden in try #require(Fixture.json("restoration.json")["paths"]?.array) {
            let resampling = Restoration.Resampling(
                length: try #require(golden["length"]?.number?.int), count: try #require(golden["count"]?.number?.int))
            let path = try ResamplingPath(steps: try #require(golden["steps"]?.number?.int), resampling: resampling)
            // Upstream lists each level that a climb passes as well.
            let levels = path.visits.flatMap { visit in [visit.level] + (0..<visit.climb).map { visit.level + 1 + $0 } }
            #expect(levels == (try Fixture.ints(golden["levels"])))
        }
    }
}
