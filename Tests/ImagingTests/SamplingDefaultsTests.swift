import Diffusion
import Images
import Imaging
import ImagingFixtures
import JSON
import Testing

/// What a model says of how it is sampled, and what requests take of it.
@Suite struct SamplingDefaultsTests {
    private static func object(_ text: String) throws -> JSONObject { try #require(try JSONReader().read(text).object) }

    private static func model(_ sampling: String, of model: ModelFacts = SmallModels.chest) throws -> ModelFacts {
        var model = model
        model.sampling = try SamplingDefaults(object(sampling), of: model)
        return model
    }

    private static func validator(_ models: [ModelFacts], steps: Int = 2000) -> GenerationValidator {
        var limits = SmallModels.limits
        limits.steps = steps
        return GenerationValidator(models: models, limits: limits) { _, _, _, _ in 0 }
    }

    private static func recipe(_ body: String, _ model: ModelFacts, steps: Int = 2000) throws -> Recipe {
        try validator([model], steps: steps).validate(JSONReader().read(body)).planned.series.first
    }

    private static let heun = """
        {"sampler":"heun","steps":18,"sampler_options":{"sigma_max":80},"guidance":1.5,"guidance_rescale":0.5,
         "guidance_interval":{"steps":[0.1,0.9]}}
        """

    /// Sampler, steps, sigma_max, guidance, rescale and whether there is an interval, as the recipe has them.
    private static func line(_ recipe: Recipe) -> String {
        let maximum = recipe.samplerOptions.sigmaMaximum.map { "\($0)" } ?? "-"
        return "\(recipe.sampler.rawValue) \(recipe.steps) \(maximum) \(recipe.guidance) \(recipe.guidanceRescale) "
            + (recipe.guidanceInterval == nil ? "-" : "interval")
    }

    @Test(arguments: [
        // What is left out is the model's.
        ("{}", "heun 18 80.0 1.5 0.5 interval"),
        // A field that is named stands; what is for the sampler stays where the sampler does.
        (#"{"steps":7}"#, "heun 7 80.0 1.5 0.5 interval"),
        (#"{"sampler":"heun"}"#, "heun 18 80.0 1.5 0.5 interval"),
        (#"{"sampler_options":{"spacing":"karras"}}"#, "heun 18 160.0 1.5 0.5 interval"),
        (#"{"sampler_options":{}}"#, "heun 18 160.0 1.5 0.5 interval"),
        // Another sampler has its own steps and options; guidance is no matter of the sampler.
        (#"{"sampler":"ddim"}"#, "ddim 50 - 1.5 0.5 interval"),
        (#"{"sampler":"dpmsolver++"}"#, "dpmsolver++ 25 - 1.5 0.5 interval"),
        (#"{"sampler":"edm","steps":4}"#, "edm 4 - 1.5 0.5 interval"),
        // Another guidance has its own rescale and interval; the same in another spelling is the same.
        (#"{"guidance":3}"#, "heun 18 80.0 3.0 0.0 -"),
        (#"{"guidance":1}"#, "heun 18 80.0 1.0 0.0 -"),
        (#"{"guidance":15e-1}"#, "heun 18 80.0 1.5 0.5 interval"),
        (#"{"guidance":3,"guidance_rescale":0.25}"#, "heun 18 80.0 3.0 0.25 -"),
        (#"{"guidance_rescale":0}"#, "heun 18 80.0 1.5 0.0 interval"),
        // Today's defaults, by their names.
        (#"{"sampler":"dpmsolver++","guidance":1}"#, "dpmsolver++ 25 - 1.0 0.0 -"),
    ])
    func whatIsNamedStandsAndTheRestIsTheModels(_ body: String, _ expected: String) throws {
        #expect(Self.line(try Self.recipe(body, Self.model(Self.heun))) == expected)
    }

    /// The recipe says all that was resolved: sent as a request it is the same to the last member, whatever the model
    /// says by then.
    @Test func theRecipeHoldsWhatWasResolved() throws {
        let plan = try Self.validator([Self.model(Self.heun)]).validate(JSONReader().read(#"{"seed":"3"}"#))
        for other in [SmallModels.chest, try Self.model(#"{"sampler":"ddim","steps":9,"guidance":4}"#)] {
            let again = try Self.validator([other]).validate(.object(plan.request.json))
            #expect(again.planned.series == plan.planned.series)
            let stored = try GenerationRequest(
                stored: .object(plan.request.json), kind: .generation, inputs: nil, model: other)
            #expect(stored == plan.request)
        }
    }

    @Test func aModelThatSaysNothingIsAsEver() throws {
        let bodies = ["{}", #"{"sampler":"heun"}"#, #"{"guidance":2}"#, #"{"sampler":"ddim","eta":0.5}"#]
        for body in bodies.map({ $0.dropLast() + ($0 == "{}" ? "" : ",") + #""seed":"1"}"# }) {
            let plain = try Self.recipe(String(body), SmallModels.chest)
            #expect(try Self.recipe(String(body), Self.model("{}")).canonical == plain.canonical)
        }
        #expect(Self.line(try Self.recipe("{}", SmallModels.chest)) == "dpmsolver++ 25 - 1.0 0.0 -")
    }

    @Test func aPartIsEnough() throws {
        #expect(Self.line(try Self.recipe("{}", Self.model(#"{"sampler":"heun"}"#))) == "heun 18 160.0 1.0 0.0 -")
        #expect(Self.line(try Self.recipe("{}", Self.model(#"{"guidance":2}"#))) == "dpmsolver++ 25 - 2.0 0.0 -")
        let ddim = try Self.model(#"{"sampler":"ddim","steps":9,"eta":0.25}"#)
        #expect(try Self.recipe("{}", ddim).eta == 0.25)
        #expect(try Self.recipe(#"{"sampler":"ddpm"}"#, ddim).eta == 0)
        #expect(try Self.recipe(#"{"eta":0}"#, ddim).eta == 0)
    }

    /// A default is no request: where the service allows fewer steps it has as many as are allowed.
    @Test func theServicesLimitHoldsForDefaults() throws {
        let model = try Self.model(#"{"sampler":"ddpm","steps":1000}"#)
        #expect(try Self.recipe("{}", model).steps == 1000)
        #expect(try Self.recipe("{}", model, steps: 40).steps == 40)
        let refusal = #expect(throws: RequestRefusal.self) { try Self.recipe(#"{"steps":41}"#, model, steps: 40) }
        #expect(refusal?.faults.map(\.pointer) == ["#/steps"])
    }

    /// Methods that bring a sampler of their own keep it, with what was chosen for it; guidance is taken as ever.
    @Test func restorationsKeepTheirOwnSampler() throws {
        let model = try Self.model(Self.heun), validator = Self.validator([model])
        let image = try Pictures.image(Pictures.grey(32, 16)), mask = try Pictures.image(Pictures.mask(32, 16))
        func recipe(_ kind: Recipe.Kind, _ body: String) throws -> Recipe {
            let inputs = RestorationInputs(image: image, mask: kind == .inpainting ? mask : nil)
            return try validator.validate(JSONReader().read(body), kind: kind, inputs: inputs).planned.series.first
        }
        #expect(Self.line(try recipe(.inpainting, "{}")) == "ddim 100 - 1.5 0.5 interval")
        #expect(try recipe(.inpainting, "{}").eta == 0.85)
        #expect(Self.line(try recipe(.inpainting, #"{"method":"repaint","guidance":1}"#)) == "ddim 50 - 1.0 0.0 -")
        #expect(Self.line(try recipe(.superResolution, #"{"scale":2}"#)) == "ddim 25 - 1.5 0.5 interval")
        #expect(Self.line(try recipe(.inpainting, #"{"sampler":"heun","steps":3}"#)) == "heun 3 160.0 1.5 0.5 interval")
        let defaults = validator.defaults(.inpainting, of: model)
        #expect((defaults.sampler, defaults.steps, defaults.guidance) == (.ddim, 100, 1.5))
        let generation = validator.defaults(.generation, of: model)
        #expect((generation.sampler, generation.steps, generation.guidance) == (.heun, 18, 1.5))
        #expect(validator.defaults(.superResolution, of: SmallModels.chest).steps == 25)
    }

    /// A model that was trained for enlarging is sampled as it says.
    @Test func aModelForEnlargingIsPlannedAsOne() throws {
        var enlarging = SmallModels.plain
        enlarging.generation.concatenation = Concatenation(order: .conditionFirst, upsampling: .bicubic)
        let model = try Self.model(#"{"sampler":"euler","steps":6}"#, of: enlarging)
        let plan = try Self.validator([model]).validate(
            ["scale": 2], kind: .superResolution,
            inputs: RestorationInputs(image: try Pictures.image(Pictures.grey(16, 8))))
        #expect(Self.line(plan.planned.series.first) == "euler 6 - 1.0 0.0 -")
        #expect(throws: RequestRefusal.self) { try Self.model(#"{"sampler":"unipc","steps":1001}"#, of: enlarging) }
    }

    @Test(arguments: [
        (#"{"steps":18}"#, "#/sampler"), (#"{"eta":0}"#, "#/sampler"), (#"{"sampler_options":{"order":2}}"#, "#/sampler"),
        (#"{"guidance_rescale":0.7}"#, "#/guidance"), (#"{"guidance_interval":{"steps":[0,1]}}"#, "#/guidance"),
        (#"{"sampler":"leapfrog"}"#, "#/sampler"), (#"{"sampler":null}"#, "#/sampler"), (#"{"sampler":"heun","steps":0}"#, "#/steps"),
        (#"{"sampler":"heun","steps":1001}"#, "#/steps"), (#"{"sampler":"heun","steps":"18"}"#, "#/steps"),
        (#"{"sampler":"heun","steps":99999999999999999999}"#, "#/steps"), (#"{"sampler":"heun","eta":0.5}"#, "#/eta"),
        (#"{"sampler":"heun","sampler_options":{"order":2}}"#, "#/sampler_options/order"),
        (#"{"sampler":"ddim","sampler_options":{"spacing":"karras"}}"#, "#/sampler_options/spacing"),
        (#"{"guidance":101}"#, "#/guidance"), (#"{"guidance":1e999}"#, "#/guidance"), (#"{"guidance":-1}"#, "#/guidance"),
        (#"{"guidance":2,"guidance_rescale":2}"#, "#/guidance_rescale"),
        (#"{"guidance":2,"guidance_interval":{"steps":[1,0]}}"#, "#/guidance_interval/steps"),
        // A matter of the request.
        (#"{"seed":"1"}"#, "#/seed"), (#"{"bit_depth":16}"#, "#/bit_depth"), (#"{"noise":"torch"}"#, "#/noise"),
        (#"{"count":4}"#, "#/count"), (#"{"width":64}"#, "#/width"), (#"{"guidance_scale":1.5}"#, "#/guidance_scale"),
    ])
    func whatNoRequestCouldNameIsRefused(_ sampling: String, _ pointer: String) throws {
        let refusal = #expect(throws: RequestRefusal.self) { try Self.model(sampling) }
        #expect(refusal?.faults.map(\.pointer) == [pointer])
    }

    @Test func whatTheModelCannotDoIsRefused() throws {
        let guided = #expect(throws: RequestRefusal.self) { try Self.model(#"{"guidance":2}"#, of: SmallModels.plain) }
        #expect(guided?.faults.map(\.pointer) == ["#/guidance"])
        // A request of this one must show something, which is no matter of its sampling.
        #expect(throws: Never.self) { try Self.model(#"{"sampler":"heun","steps":18}"#, of: SmallModels.numbered) }
        let long = #expect(throws: RequestRefusal.self) {
            try Self.model(#"{"sampler":"heun","steps":21}"#, of: SmallModels.numbered)
        }
        #expect(long?.faults.map(\.pointer) == ["#/steps"])
        let all = #expect(throws: RequestRefusal.self) { try Self.model(#"{"sampler":"heun","steps":0,"eta":2,"seed":1}"#) }
        #expect(all?.faults.total == 1, "unknown fields first")
    }
}
