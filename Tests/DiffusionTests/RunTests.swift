import Diffusion
import JSON
import Testing

/// Whole runs with torch noise against diffusers, the network being elementwise.
struct RunTests {
    struct Golden: Sendable, CustomTestStringConvertible {
        let recipe: Recipe
        let learned: Bool
        let first: [Float], last: [Float], lastImage: [Float]?
        let testDescription: String
    }

    static func goldens() throws -> [Golden] {
        try Fixture.cases("runs.json").enumerated().map { place, golden in
            let kind = try #require(golden["sampler"]?.string.flatMap { SamplerKind(rawValue: $0) })
            let shape = try Fixture.ints(golden["shape"])
            var recipe = Recipe.make(
                kind, steps: try #require(golden["steps"]?.number?.int), scheduler: try Fixture.configuration(golden["config"]),
                size: (shape[0], shape[1], shape[2]))
            recipe.seed = try #require(golden["seed"]?.number?.uint64)
            recipe.eta = try #require(golden["eta"]?.number?.double)
            recipe.noise = .torch
            let config = String(decoding: try #require(golden["config"]).serialized(), as: UTF8.self)
            return Golden(
                recipe: recipe, learned: golden["learned"] == .bool(true), first: try Fixture.floats(golden["first"]),
                last: try Fixture.floats(golden["last"]), lastImage: try golden["last_x0"].map { try Fixture.floats($0) },
                testDescription: "\(place): \(kind.rawValue) \(recipe.steps) \(config) eta \(recipe.eta)")
        }
    }

    @Test(arguments: try goldens())
    func runsEndWhereDiffusersEnds(_ golden: Golden) throws {
        let start = try Trajectory(recipe: golden.recipe)
        #expect(Fixture.largestDifference(start.latent, golden.first) <= 5e-7)
        let end = try TrajectoryStepper(RationalNetwork(learned: golden.learned)).run(start)
        let difference = Fixture.largestDifference(end.latent, golden.last)
        let scale = golden.last.reduce(1) { max($0, $1.magnitude) }
        // The largest measured were 7.5e-7, and 2.8e-6 over 1000 steps: torch's noise and square roots are approximations.
        let tolerance = (golden.recipe.steps == 1000 ? 3.5e-6 : 8e-7) * scale
        #expect(difference <= tolerance)
        if let image = golden.lastImage {
            #expect(Fixture.largestDifference(try #require(end.preview), image) <= tolerance)
        }
    }
}
