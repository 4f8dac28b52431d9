import Bytes
import JSON
import Testing

@testable import Diffusion

/// The one value that requests, tasks and recipes hold of how images are sampled.
@Suite struct SamplingSettingsTests {
    private static func changed() -> SamplingSettings {
        var settings = SamplingSettings()
        (settings.sampler, settings.steps, settings.eta) = (.unipc, 7, 0)
        settings.samplerOptions.order = 3
        (settings.guidance, settings.guidanceRescale) = (2.5, 0.7)
        settings.guidanceInterval = .steps(start: 0.1, end: 0.8)
        (settings.seed, settings.noise, settings.bitDepth) = (.max, .torch, 16)
        return settings
    }

    private static func recipe(_ settings: SamplingSettings) -> Recipe {
        var recipe = Recipe(
            weightsSHA256: Digest(hexadecimal: String(repeating: "0f", count: 32))!, scheduler: SchedulerConfiguration(), width: 8, height: 8,
            channels: 1)
        (recipe.settings, recipe.condition.null) = (settings, .rows([0]))
        return recipe
    }

    @Test func theyReadBack() throws {
        for settings in [SamplingSettings(), Self.changed()] {
            let object = settings.json
            #expect(try SamplingSettings(JSONCursor(object)) == settings)
            #expect(Set(object.keys).isSubset(of: SamplingSettings.fields))
        }
        #expect(Self.changed().json.keys.sorted() == SamplingSettings.fields.sorted(), "every field is written")
    }

    @Test func theyAreMembersOfTaskAndRecipe() {
        var recipe = Self.recipe(SamplingSettings())
        recipe.steps = 9
        #expect(recipe.settings.steps == 9 && recipe.steps == 9)
        var task = Generation()
        (task.seed, task.guidance) = (3, 1.5)
        #expect(task.settings.seed == 3 && task.settings.guidance == 1.5)
    }

    /// Jobs store recipes in this order, as the versions before wrote them.
    @Test func theOrderOfARecipesMembersIsFixed() {
        let members = [
            "arithmetic", "kind", "weights_sha256", "scheduler", "sampler", "steps", "eta", "guidance", "condition", "seed",
            "noise", "width", "height", "channels", "bit_depth",
        ]
        #expect(Self.recipe(SamplingSettings()).json.keys == members)
        let all = members + ["guidance_rescale", "guidance_interval", "sampler_options"]
        #expect(Self.recipe(Self.changed()).json.keys == all)
    }

    @Test func whatIsOutOfRangeIsRefusedByName() {
        func refusal(_ change: (inout SamplingSettings) -> Void) -> String? {
            var settings = SamplingSettings()
            change(&settings)
            do throws(InvalidSetting) { try settings.validate() } catch { return error.field }
            return nil
        }
        #expect(refusal { _ in } == nil)
        #expect(refusal { $0.bitDepth = 12 } == "bit_depth")
        for guidance in [-1001, 1001, .nan, .infinity] { #expect(refusal { $0.guidance = guidance } == "guidance") }
        for rescale in [-0.1, 1.1, .nan] { #expect(refusal { $0.guidanceRescale = rescale } == "guidance_rescale") }
    }
}
