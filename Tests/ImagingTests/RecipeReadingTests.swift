import Diffusion
import Images
import Imaging
import ImagingFixtures
import JSON
import Testing

/// Whatever a request may ask for, the file that is made of it can be verified: its recipe is found, and read.
@Suite struct RecipeReadingTests {
    /// As the service and `phantom generate` write it, of black pixels.
    private func file(_ recipe: Recipe) throws -> [UInt8] {
        let picture = try PixelImage(
            width: recipe.width, height: recipe.height, channels: recipe.channels, bitDepth: recipe.bitDepth,
            samples: [UInt16](repeating: 0, count: recipe.count))
        return try SyntheticImage.encode(picture, recipe: recipe).bytes
    }

    private func recipe(_ model: Generation.Model, _ change: (inout Recipe) -> Void = { _ in }) throws -> Recipe {
        var recipe = try Generation().series(for: model).first
        change(&recipe)
        return recipe
    }

    /// More pixels than a picture of another program may have that nobody said a limit for.
    @Test func imagesAsLargeAsRecipesSayAreVerified() throws {
        let made = try recipe(SmallModels.generation()) { ($0.width, $0.height) = (65_536, 264) }
        #expect(made.count > PNGLimits().pixels && made.count <= Recipe.maximumCount)
        let png = try file(made)
        let read = try SyntheticFile(png, pixels: Recipe.maximumCount)
        #expect(read.recipe == made)
        #expect(try read.compare(withMade: png).isEqual)
        // A service's own limit stands.
        #expect(throws: SyntheticFile.Refusal.self) { try SyntheticFile(png, pixels: made.count - 1) }
    }

    @Test func imagesAsLargeAsRecipesSayAreExportedAsDICOM() throws {
        let made = try recipe(SmallModels.generation()) { ($0.width, $0.height) = (65_528, 264) }
        let dicom = try SyntheticImage.dicom(file(made))
        #expect(try SyntheticFile(dicom, pixels: Recipe.maximumCount).recipe == made)
    }

    /// The betas of a long training make a recipe of megabytes.
    @Test func recipesOfTheLongestScheduleAreFound() throws {
        var model = SmallModels.generation(trainingSteps: 100_000)
        model.scheduler.betaSchedule = .trained([Float](repeating: 0.000123456, count: 100_000))
        let made = try recipe(model)
        #expect(made.canonical.count > PNGLimits().textBytes)
        let png = try file(made)
        #expect(try SyntheticFile(png, pixels: 4096).recipe == made)
        #expect(try SyntheticFile(SyntheticImage.dicom(png), pixels: 4096).recipe == made)
    }

    /// An attribute of so many values, of which a request names the first ones.
    private func plan(naming count: Int, of all: Int = 70_000) throws(RequestRefusal) -> PlannedGeneration {
        let values = (0..<all).map { "v\($0)" }
        var facts = ModelFacts(name: "many", generation: SmallModels.generation(), parameters: 1)
        (facts.hasClassTable, facts.classRows) = (true, all)
        facts.attributes = [.init(name: "finding", values: values, multiple: true, firstRow: 0)]
        let validator = GenerationValidator(models: [facts], limits: SmallModels.limits) { _, _, _, _ in 0 }
        return try validator.validate(
            ["seed": "1", "condition": ["finding": .array(values.prefix(count).map { .string($0) })]])
    }

    @Test(arguments: [1024, 1025, 65_536])
    func conditionsOfManyValuesReadBack(_ count: Int) throws {
        let series = try plan(naming: count).planned.series
        #expect(try RecipeSeries(json: series.json) == series)
        #expect(try SyntheticFile(file(series.first), pixels: 4096).recipe == series.first)
    }

    @Test func conditionsThatNoRecipeHoldsAreRefused() throws {
        let refusal = try #require(throws: RequestRefusal.self) { try plan(naming: 65_537) }
        #expect(refusal.faults.map(\.pointer) == ["#/condition"])
        #expect(refusal.faults.first?.detail == "expected at most 65536 values in all, got 65537")
    }
}
