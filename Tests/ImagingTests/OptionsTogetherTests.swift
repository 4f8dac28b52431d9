import Diffusion
import Imaging
import JSON
import Testing

/// What a command is told to make, each option right by itself: what no model can make is refused before one is opened.
@Suite struct OptionsTogetherTests {
    private static func task(_ kind: Recipe.Kind, _ body: String) throws -> OfflineTask {
        let fields = try #require(try JSONReader().read(Array(body.utf8)).object)
        return switch kind {
        case .generation: OfflineTask(generation: fields)
        case .inpainting: OfflineTask(inpainting: fields, image: "a", mask: "b")
        case .superResolution: OfflineTask(superResolution: fields, image: "a")
        }
    }

    @Test(arguments: [
        (Recipe.Kind.generation, #"{"sampler":"ddim","sampler_options":{"order":2}}"#, "--sampler-option order"),
        (.generation, #"{"sampler":"edm","sampler_options":{"spacing":"leading"}}"#, "--sampler-option spacing"),
        (.generation, #"{"sampler":"ddpm","sampler_options":{"spacing":"karras"}}"#, "--sampler-option spacing"),
        (.generation, #"{"sampler":"edm","sampler_options":{"churn":{"amount":1,"min":2,"max":1}}}"#, "--sampler-option churn"),
        (.generation, #"{"sampler":"ddpm","eta":0.5}"#, "--eta"),
        (.generation, #"{"sampler":"probability-flow","steps":7}"#, "--steps"),
        (.generation, #"{"width":65536,"height":65536}"#, "--height"),
        (.inpainting, #"{"sampler_options":{"order":2}}"#, "--sampler-option order"),
        (.inpainting, #"{"method":"repaint","sampler_options":{"spacing":"karras"}}"#, "--sampler-option spacing"),
        (.inpainting, #"{"method":"repaint","sampler":"euler"}"#, "--sampler"),
        (.inpainting, #"{"sampler":"euler","resample":{"length":3,"count":3}}"#, "--sampler"),
        (.inpainting, #"{"sampler":"probability-flow"}"#, "--sampler"),
        (.superResolution, #"{"scale":2,"method":"ddnm","sampler_options":{"order":2}}"#, "--sampler-option order"),
        (.superResolution, #"{"scale":2,"method":"conditional","noise_level":0.2}"#, "--noise-level"),
        (.superResolution, #"{"scale":2,"method":"conditional","resample":{"length":3,"count":3}}"#, "--resample"),
        (.superResolution, #"{"scale":2,"sampler":"ddpm","eta":0.5}"#, "--eta"),
        (.superResolution, #"{"scale":2,"sampler":"euler","noise_level":0.1}"#, "--sampler"),
    ])
    func whatNoModelCanMakeIsRefused(_ kind: Recipe.Kind, _ body: String, _ option: String) throws {
        let task = try Self.task(kind, body)
        let refusal = #expect(throws: RequestRefusal.self) { try task.checkOptions() }
        #expect(refusal?.faults.map(\.pointer) == [option], "\(body): \(String(describing: refusal))")
    }

    /// A model may name the sampler, or the method, that goes with the rest.
    @Test(arguments: [
        (Recipe.Kind.generation, "{}"), (.generation, #"{"eta":0.5}"#), (.generation, #"{"sampler_options":{"order":2}}"#),
        (.generation, #"{"sampler":"ddim","eta":0.5}"#), (.generation, #"{"sampler":"unipc","sampler_options":{"order":3}}"#),
        (.generation, #"{"sampler":"probability-flow"}"#), (.generation, #"{"sampler":"probability-flow","steps":8}"#),
        (.generation, #"{"width":65536}"#), (.inpainting, #"{"eta":0.5}"#), (.inpainting, #"{"sampler":"euler"}"#),
        (.inpainting, #"{"method":"repaint","sampler":"ddpm"}"#), (.inpainting, #"{"resample":{"length":3,"count":3}}"#),
        (.superResolution, #"{"scale":2,"sampler_options":{"order":2}}"#), (.superResolution, #"{"scale":2,"sampler":"probability-flow"}"#),
        (.superResolution, #"{"scale":2,"method":"conditional","sampler":"euler"}"#), (.superResolution, #"{"scale":2,"noise_level":0.1}"#),
    ])
    func whatSomeModelCanMakeIsNot(_ kind: Recipe.Kind, _ body: String) throws {
        #expect(throws: Never.self) { try Self.task(kind, body).checkOptions() }
    }
}
