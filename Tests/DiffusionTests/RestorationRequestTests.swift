import Diffusion
import Images
import JSON
import Testing

/// Tasks and recipes of restorations: what they say, and what they refuse.
struct RestorationRequestTests {
    private func inpainting(_ change: (inout Inpainting) -> Void = { _ in }) throws -> Inpainting {
        var task = Inpainting(Generation(), image: try RestorationTests.image(8, 8), mask: try RestorationTests.mask(8, 8))
        task.generation.sampler = .ddim
        change(&task)
        return task
    }

    private func enlarging(_ change: (inout SuperResolution) -> Void = { _ in }) throws -> SuperResolution {
        var task = SuperResolution(Generation(), image: try RestorationTests.image(8, 4), scale: 2)
        change(&task)
        return task
    }

    private func refusal(_ series: () throws -> RecipeSeries) -> String? {
        do {
            _ = try series().first.work()
            return nil
        } catch {
            return (error as? InvalidSetting)?.field
        }
    }

    @Test func tasksThatCannotBeRunAreRefusedByField() throws {
        let model = RestorationTests.model { $0.sizeDivisor = 8 }
        func paint(_ change: (inout Inpainting) -> Void) throws -> String? { refusal { try inpainting(change).series(for: model) } }
        #expect(try paint { _ in } == nil)
        #expect(try paint { $0.method = .conditional } == "method")
        #expect(try paint { $0.resampling = .init(length: 0, count: 2) } == "resample")
        #expect(try paint { $0.resampling = .init(length: 1, count: 1001) } == "resample")
        #expect(try paint { ($0.resampling, $0.generation.sampler) = (.init(length: 2, count: 2), .ddpm) } == "sampler")
        #expect(try paint { ($0.method, $0.generation.sampler) = (.repaint, .dpmSolverPlusPlus) } == "sampler")
        #expect(try paint { ($0.method, $0.generation.steps) = (.repaint, 1001) } == "steps")
        #expect(try paint { ($0.method, $0.generation.steps) = (.repaint, .max) } == "steps")
        #expect(try paint { $0.generation.eta = 1.5 } == "eta")
        #expect(try paint { ($0.method, $0.generation.eta) = (.repaint, -1) } == "eta")
        let (black, small, colour) = (
            try PixelImage(width: 8, height: 8, channels: 1, bitDepth: 8, samples: [UInt16](repeating: 0, count: 64)),
            try RestorationTests.mask(8, 7), try RestorationTests.image(8, 8)
        )
        for mask in [black, small, colour] { #expect(try paint { $0.inputs.mask = mask } == "mask") }
        #expect(try paint { $0.inputs.mask = nil } == "mask")
        let grey = try RestorationTests.image(8, 8, channels: 1)
        #expect(try paint { $0.inputs.image = grey } == "image")
        let odd = try RestorationTests.image(8, 12)
        #expect(try paint { ($0.inputs.image, $0.inputs.mask) = (odd, try? RestorationTests.mask(8, 12)) } == "height")

        func enlarge(_ change: (inout SuperResolution) -> Void) throws -> String? { refusal { try enlarging(change).series(for: model) } }
        #expect(try enlarge { _ in } == nil)
        for scale in [-2, 0, 1, 3, 16, .max] { #expect(try enlarge { $0.scale = scale } == "scale") }
        #expect(try enlarge { $0.method = .repaint } == "method")
        #expect(try enlarge { $0.method = .conditional } == "method")
        for level in [-0.1, 1.1, .nan, .infinity] { #expect(try enlarge { $0.noiseLevel = level } == "noise_level") }
        #expect(try enlarge { ($0.noiseLevel, $0.generation.sampler) = (0.1, .ddpm) } == "sampler")
        let wrong = try RestorationTests.image(5, 4)
        #expect(try enlarge { $0.inputs.image = wrong } == "image")
        // Of a colour model a grey image will do, of a grey model a colour image will not.
        let small1 = try RestorationTests.image(4, 4, channels: 1)
        #expect(try enlarge { $0.inputs.image = small1 } == nil)
        #expect(refusal { try enlarging().series(for: RestorationTests.model { $0.channels = 1 }) } == "image")
    }

    @Test func modelsForSuperResolutionDoNothingElse() throws {
        let model = RestorationTests.model { $0.concatenation = Concatenation(order: .imageFirst, upsampling: .bicubic) }
        #expect(refusal { try Generation().series(for: model) } == "model")
        #expect(refusal { try inpainting().series(for: model) } == "model")
        #expect(try enlarging().series(for: model).first.restoration?.method == .conditional)
        #expect(refusal { try enlarging { $0.method = .ddnm }.series(for: model) } == "method")
        #expect(refusal { try enlarging { $0.resampling = .init(length: 2, count: 2) }.series(for: model) } == "resample")
        #expect(refusal { try enlarging { $0.noiseLevel = 0.1 }.series(for: model) } == "noise_level")
    }

    @Test func canonicalFormReadsBack() throws {
        for one in try RestorationTests.cases() {
            let bytes = one.recipe.canonical
            #expect(try Recipe(bytes: bytes) == one.recipe)
            #expect(try Recipe(bytes: bytes).canonical == bytes)
        }
        let model = RestorationTests.model {
            ($0.concatenation, $0.valueRange) = (Concatenation(order: .conditionFirst, upsampling: .nearest), 0...1)
        }
        let recipe = try enlarging().series(for: model).first
        #expect(try Recipe(bytes: recipe.canonical) == recipe)
    }

    /// Written out, because images in the world carry it.
    @Test func canonicalFormIsFixed() throws {
        let recipe = try inpainting { $0.resampling = .init(length: 10, count: 3) }.series(for: RestorationTests.model()).first
        let text = String(decoding: recipe.canonical, as: UTF8.self)
        let restoration = [
            #""restoration":{"image_sha256":"\#(try RestorationTests.image(8, 8).digest)","#,
            #""mask_sha256":"\#(try RestorationTests.mask(8, 8).digest)","method":"ddnm","noise_level":0.0,"#,
            #""resample":{"count":3,"length":10},"value_range":[-1.0,1.0]}"#,
        ].joined()
        #expect(text.contains(restoration))
        #expect(text.contains(#""kind":"inpainting""#))
        let enlarged = String(decoding: try enlarging().series(for: RestorationTests.model()).first.canonical, as: UTF8.self)
        #expect(enlarged.contains(#""kind":"super-resolution""#) && enlarged.contains(#""scale":2"#) && !enlarged.contains("mask"))
    }

    @Test func recipesThatDoNotFitTogetherAreRefused() throws {
        let recipe = try inpainting().series(for: RestorationTests.model()).first
        var json = recipe.json
        json["kind"] = "generation"
        #expect(throws: InvalidSetting.self) { try Recipe(json: json) }
        json["kind"] = "super-resolution"
        #expect(throws: InvalidSetting.self) { try Recipe(json: json) }
        json["kind"] = "inpainting"
        json["restoration"] = nil
        #expect(throws: InvalidSetting.self) { try Recipe(json: json) }
        for (key, value) in [
            ("image_sha256", "AB"), ("mask_sha256", nil), ("scale", 2), ("noise_level", 0.5), ("method", "dps"), ("value_range", [1, -1]),
            ("resample", ["length": 3]), ("colour", 1),
        ] as [(String, JSONValue?)] {
            var restoration = try #require(recipe.json["restoration"]?.object)
            restoration[key] = value
            json["restoration"] = .object(restoration)
            #expect(throws: (any Error).self, "\(key)") { try Recipe(json: json) }
        }
    }

    @Test func otherPixelsThanTheRecipesAreRefused() throws {
        let task = try inpainting(), recipe = try task.series(for: RestorationTests.model()).first
        #expect(throws: Never.self) { try Trajectory(recipe: recipe, inputs: task.inputs) }
        #expect(throws: InvalidSetting.self) { try Trajectory(recipe: recipe) }
        #expect(throws: InvalidSetting.self) { try Trajectory(recipe: .make(.ddim, steps: 3), inputs: task.inputs) }
        var other = task.inputs
        other.image = try RestorationTests.image(8, 8, seed: 2)
        #expect(throws: InvalidSetting.self) { try Trajectory(recipe: recipe, inputs: other) }
        other = task.inputs
        other.mask = try RestorationTests.mask(8, 8, grey: true)
        #expect(throws: InvalidSetting.self) { try Trajectory(recipe: recipe, inputs: other) }
        other.mask = nil
        #expect(throws: InvalidSetting.self) { try Trajectory(recipe: recipe, inputs: other) }
    }
}
