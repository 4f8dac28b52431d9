import Diffusion
import Imaging
import ImagingFixtures
import JSON
import Testing

/// Bodies of `POST /v1/generations`, field by field.
@Suite struct GenerationValidatorTests {
    private func validator(_ models: [ModelFacts] = [SmallModels.chest]) -> GenerationValidator {
        // One byte for every pixel row of the batch: 1000 bytes are 1000 pixels, or 500 with guidance.
        GenerationValidator(models: models, limits: SmallModels.limits) { _, rows, width, height in width * height * rows }
    }

    private func read(_ body: String, models: [ModelFacts] = [SmallModels.chest]) throws -> PlannedGeneration {
        try validator(models).validate(JSONReader().read(Array(body.utf8)))
    }

    private func refusal(_ body: String, models: [ModelFacts] = [SmallModels.chest]) throws -> RequestRefusal {
        try #require(throws: RequestRefusal.self) { _ = try read(body, models: models) }
    }

    @Test func anEmptyObjectTakesEveryDefault() throws {
        let plan = try read("{}")
        let request = plan.request
        #expect(request.model == "chest")
        #expect(request.count == 1)
        #expect(request.sampler == .dpmSolverPlusPlus)
        #expect(request.steps == 25)
        #expect(request.guidance == 1)
        #expect(request.noise == .philox)
        #expect(request.condition == .none)
        #expect((request.width, request.height) == (32, 16))
        #expect(request.eta == 0)
        #expect(request.bitDepth == 8)
        #expect(plan.planned.series.first.condition.input == .rows([5]), "nothing asked for is the null class")
        #expect(plan.planned.work.evaluations == 25)
        #expect(plan.planned.work.rowsPerEvaluation == 1)
    }

    @Test func seedsAreRandomAndRecorded() throws {
        let seeds = try Set((0..<20).map { _ in try read("{}").request.seed })
        #expect(seeds.count == 20)
    }

    /// What a job stores reads back as the same request, so that it runs as it was accepted.
    @Test func aStoredRequestReadsBackAsItself() throws {
        let body = """
            {"model":"chest","count":3,"steps":7,"sampler":"ddim","guidance":2.5,"guidance_rescale":0.7,"guidance_interval":{"steps":[0.1,0.8]},"seed":"18446744073709551615","noise":"torch",
             "condition":{"finding":["mass","nodule"],"view":"AP"},"width":16,"height":8,"eta":0.5,"bit_depth":16,"previews":false}
            """
        let first = try read(body)
        let second = try read(String(decoding: first.request.json.serialized(), as: UTF8.self))
        #expect(first.request == second.request)
        #expect(first.planned.series == second.planned.series)
        #expect(first.request.json["seed"] == "18446744073709551615")
        #expect((0..<3).map { first.planned.series.seed(of: $0) } == [.max, 0, 1], "image i has seed + i, wrapping")
        #expect(first.planned.series.first.condition.input == .rows([1, 2, 4]))
        #expect(first.planned.work.rowsPerEvaluation == 2)
        #expect(first.planned.series.first.guidanceRescale == 0.7)
        #expect(first.planned.series.first.guidanceInterval == .steps(start: 0.1, end: 0.8))
    }

    /// Jobs store requests in this order, as the versions before wrote them.
    @Test func theOrderOfAStoredRequestsMembersIsFixed() throws {
        let members = [
            "model", "count", "steps", "sampler", "guidance", "guidance_rescale", "seed", "noise", "condition", "width",
            "height", "eta", "bit_depth", "previews",
        ]
        let plain = try read(#"{"sampler":"ddim","sampler_options":{},"guidance_interval":{"steps":[0,0.5]}}"#).request
        #expect(plain.json.keys == members + ["guidance_interval", "sampler_options"])
        #expect(try read(#"{"sampler":"probability-flow"}"#).request.json.keys == members)
    }

    @Test func everySamplerIsTakenWithItsOptions() throws {
        for sampler in SamplerKind.allCases {
            let plan = try read(#"{"sampler":"\#(sampler.rawValue)"}"#)
            #expect(plan.request.sampler == sampler && plan.planned.series.first.sampler == sampler && plan.planned.work.evaluations >= plan.request.steps)
            // What is filled in is said.
            let spacing: String? =
                switch sampler {
                case .heun, .edm: "karras"
                case .probabilityFlow: nil
                default: "trailing"
                }
            for said in [plan.request.json, plan.planned.series.first.json] {
                #expect(said["sampler_options"]?["spacing"]?.string == spacing)
            }
        }
        let plan = try read(#"{"sampler":"edm","steps":9,"sampler_options":{"spacing":"exponential","churn":{"amount":40}}}"#)
        #expect(plan.planned.work.evaluations == 17)
        #expect(plan.planned.series.first.samplerOptions.spacing == .sigmas(.exponential) && plan.planned.series.first.samplerOptions.churn?.amount == 40)
        #expect(plan.request.json["sampler_options"]?["churn"]?["amount"]?.number?.double == 40)
    }

    /// A request that the version before accepted and stored names no spacing, and is made as that version made it.
    @Test func aStoredRequestWithoutSpacingStaysAsItWas() throws {
        let body = [
            #"{"model":"chest","count":1,"steps":7,"sampler":"ddim","guidance":1.0,"guidance_rescale":0.0,"seed":"3","#,
            #""noise":"philox","condition":{},"width":32,"height":16,"eta":0.0,"bit_depth":8,"previews":false}"#,
        ].joined()
        func series(stored request: JSONValue) throws -> RecipeSeries {
            try GenerationRequest(stored: request, kind: .generation, inputs: nil, model: SmallModels.chest)
                .series(for: SmallModels.chest)
        }
        let stored = try JSONReader().read(Array(body.utf8))
        let recipe = try series(stored: stored).first
        #expect(recipe.samplerOptions == SamplerOptions() && recipe.json["sampler_options"] == nil)
        // One of this version says what it is, and reads back as itself.
        let plan = try read(#"{"model":"chest","sampler":"ddim","steps":7,"seed":"3"}"#)
        let options = plan.planned.series.first.samplerOptions
        #expect(options.spacing == .timesteps(.trailing) && options.stride == .list)
        #expect(try series(stored: .object(plan.request.json)) == plan.planned.series)
    }

    @Test func theFoldersOwnWayStaysAvailable() throws {
        let plan = try read(#"{"sampler":"ddim","sampler_options":{"spacing":"model"}}"#)
        #expect(plan.planned.series.first.json["sampler_options"] == ["spacing": "model"])
        let refused = try refusal(#"{"sampler":"probability-flow","sampler_options":{"spacing":"model"}}"#)
        #expect(refused.faults.map(\.pointer) == ["#/sampler_options/spacing"])
    }

    @Test(arguments: [
        (#"{"seed":18446744073709551615}"#, UInt64.max), (#"{"seed":"0"}"#, 0), (#"{"seed":7}"#, 7), (#"{"seed":1e3}"#, 1000),
    ])
    func seeds(_ body: String, _ seed: UInt64) throws { #expect(try read(body).request.seed == seed) }

    @Test func stepsOfTheDefaultStayWithinTheModelsTraining() throws {
        #expect(try read(#"{"condition":{"class":1}}"#, models: [SmallModels.numbered]).request.steps == 10)
        #expect(try read(#"{"sampler":"ddim"}"#).request.steps == 50)
        #expect(try read(#"{"sampler":"ddpm"}"#).request.steps == 1000)
    }

    @Test(arguments: [
        (#"{"count":0}"#, "#/count"), (#"{"count":11}"#, "#/count"), (#"{"count":1.5}"#, "#/count"), (#"{"count":"1"}"#, "#/count"),
        (#"{"count":null}"#, "#/count"), (#"{"count":99999999999999999999}"#, "#/count"),
        (#"{"steps":0}"#, "#/steps"), (#"{"steps":1001}"#, "#/steps"), (#"{"steps":2001}"#, "#/steps"), (#"{"steps":true}"#, "#/steps"),
        (#"{"sampler":"leapfrog"}"#, "#/sampler"), (#"{"sampler_options":{"order":4}}"#, "#/sampler_options/order"),
        (#"{"sampler":"ddim","sampler_options":{"order":3}}"#, "#/sampler_options/order"), (#"{"sampler_options":3}"#, "#/sampler_options"),
        (#"{"sampler":"edm","sampler_options":{"churn":{"amount":1,"noise":3}}}"#, "#/sampler_options/churn/noise"),
        (#"{"sampler":"heun","sampler_options":{"churn":{"amount":1}}}"#, "#/sampler_options/churn"),
        (#"{"sampler":"heun","eta":0.5}"#, "#/eta"), (#"{"sampler":1}"#, "#/sampler"), (#"{"sampler":"DDIM"}"#, "#/sampler"),
        (#"{"guidance":-1}"#, "#/guidance"), (#"{"guidance":101}"#, "#/guidance"), (#"{"guidance":"2"}"#, "#/guidance"),
        (#"{"guidance":1e999}"#, "#/guidance"), (#"{"guidance_rescale":1.5}"#, "#/guidance_rescale"), (#"{"guidance_rescale":-1}"#, "#/guidance_rescale"),
        (#"{"guidance_interval":0.5}"#, "#/guidance_interval"), (#"{"guidance_interval":{}}"#, "#/guidance_interval"),
        (#"{"guidance_interval":{"steps":[0.5]}}"#, "#/guidance_interval/steps"), (#"{"guidance_interval":{"steps":[0.5,0.2]}}"#, "#/guidance_interval/steps"),
        (#"{"guidance_interval":{"sigma":[1,"2"]}}"#, "#/guidance_interval/sigma/1"), (#"{"guidance_interval":{"places":[0,1]}}"#, "#/guidance_interval/places"),
        (#"{"seed":-1}"#, "#/seed"), (#"{"seed":"-1"}"#, "#/seed"), (#"{"seed":"007"}"#, "#/seed"), (#"{"seed":"+7"}"#, "#/seed"),
        (#"{"seed":18446744073709551616}"#, "#/seed"), (#"{"seed":"18446744073709551616"}"#, "#/seed"), (#"{"seed":0.5}"#, "#/seed"),
        (#"{"seed":""}"#, "#/seed"), (#"{"seed":[1]}"#, "#/seed"),
        (#"{"noise":"numpy"}"#, "#/noise"), (#"{"eta":2}"#, "#/eta"), (#"{"eta":-0.1}"#, "#/eta"), (#"{"eta":0.5}"#, "#/eta"),
        (#"{"sampler":"ddpm","eta":1}"#, "#/eta"),
        (#"{"bit_depth":12}"#, "#/bit_depth"), (#"{"bit_depth":"8"}"#, "#/bit_depth"), (#"{"bit_depth":8.5}"#, "#/bit_depth"),
        (#"{"width":12}"#, "#/width"), (#"{"width":0}"#, "#/width"), (#"{"width":-8}"#, "#/width"), (#"{"height":9}"#, "#/height"),
        (#"{"width":512,"height":16}"#, "#/height"), (#"{"width":4096}"#, "#/width"),
        (#"{"width":40,"height":32}"#, "#/width"), (#"{"width":8,"height":9223372036854775800}"#, "#/height"),
        (#"{"previews":0}"#, "#/previews"),
        (#"{"model":"other"}"#, "#/model"), (#"{"model":null}"#, "#/model"), (#"{"model":""}"#, "#/model"),
        (#"{"condition":"PA"}"#, "#/condition"), (#"{"condition":null}"#, "#/condition"), (#"{"condition":{"view":"lateral"}}"#, "#/condition/view"),
        (#"{"condition":{"view":["PA","AP"]}}"#, "#/condition/view"), (#"{"condition":{"view":[]}}"#, "#/condition/view"),
        (#"{"condition":{"view":null}}"#, "#/condition/view"), (#"{"condition":{"view":0}}"#, "#/condition/view"),
        (#"{"condition":{"age":"60"}}"#, "#/condition/age"), (#"{"condition":{"a/b~ c":1}}"#, "#/condition/a~1b~0%20c"),
        (#"{"condition":{"finding":["mass","mass"]}}"#, "#/condition/finding/1"), (#"{"condition":{"finding":["x"]}}"#, "#/condition/finding/0"),
        (#"{"image":"abc"}"#, "#/image"), (#"{"Count":1}"#, "#/Count"), ("[]", "#"), ("\"{}\"", "#"), ("null", "#"),
    ])
    func everyFaultNamesItsField(_ body: String, _ pointer: String) throws {
        let refusal = try refusal(body)
        #expect(refusal.kind == .invalid)
        #expect(refusal.faults.map(\.pointer) == [pointer])
        #expect(refusal.faults.allSatisfy { $0.detail.contains("expected") || $0.detail.contains("unknown") })
    }

    @Test func allFaultsAreToldAtOnce() throws {
        let refusal = try refusal(
            #"{"count":0,"steps":"many","seed":-1,"colour":"red","condition":{"view":"x","age":1},"width":12}"#)
        #expect(
            Set(refusal.faults.map(\.pointer)) == [
                "#/count", "#/steps", "#/seed", "#/colour", "#/condition/view", "#/condition/age", "#/width",
            ])
        #expect(refusal.faults.count == 7)
    }

    @Test func whatThereIsIsListed() throws {
        #expect(try refusal(#"{"condition":{"view":"x"}}"#).faults[0].detail.contains("PA, AP"))
        let several = try refusal(#"{"condition":{"view":["PA","AP"]}}"#).faults[0].detail
        #expect(several == "expected one value, as an image has one of this attribute, got 2")
        #expect(try refusal(#"{"condition":{"age":"x"}}"#).faults[0].detail.contains("view, finding"))
        #expect(try refusal(#"{"sampler":"x"}"#).faults[0].detail.contains("ddpm, ddim, dpmsolver++"))
        #expect(try refusal(#"{"nois":"philox"}"#).faults[0].detail.contains("noise"))
        #expect(try refusal(#"{"model":"x"}"#, models: [SmallModels.chest, SmallModels.plain]).faults[0].detail.contains("chest, plain"))
    }

    @Test func severalModelsWantAName() throws {
        let models = [SmallModels.chest, SmallModels.plain]
        #expect(try refusal("{}", models: models).faults.map(\.pointer) == ["#/model"])
        #expect(try read(#"{"model":"plain"}"#, models: models).planned.model.name == "plain")
    }

    @Test func classesByNumberTakeNumbersAndDigits() throws {
        for body in [#"{"condition":{"class":2}}"#, #"{"condition":{"class":"2"}}"#, #"{"condition":{"class":[2]}}"#] {
            let plan = try read(body, models: [SmallModels.numbered])
            #expect(plan.planned.series.first.condition.input == .rows([2]))
            #expect(plan.request.condition.json == ["class": "2"])
        }
        #expect(try refusal(#"{"condition":{"class":3}}"#, models: [SmallModels.numbered]).faults[0].detail.contains("0, 1, 2"))
    }

    @Test func withoutANullClassSomethingMustBeAskedForAndNothingCanBeGuided() throws {
        #expect(try refusal("{}", models: [SmallModels.numbered]).faults.map(\.pointer) == ["#/condition"])
        let guided = #"{"condition":{"class":1},"guidance":2}"#
        #expect(try refusal(guided, models: [SmallModels.numbered]).faults.map(\.pointer) == ["#/guidance"])
        #expect(try refusal(#"{"guidance":2}"#, models: [SmallModels.plain]).faults.map(\.pointer) == ["#/guidance"])
        #expect(try refusal(#"{"condition":{"class":1}}"#, models: [SmallModels.plain]).faults.map(\.pointer) == ["#/condition/class"])
        #expect(try read("{}", models: [SmallModels.plain]).planned.series.first.condition == Condition())
    }

    /// A condition of the null class alone needs no second row; guidance 0 needs only the null row.
    @Test func guidanceCostsASecondRowOnlyWhereItCounts() throws {
        #expect(try read(#"{"guidance":3}"#).planned.work.rowsPerEvaluation == 1)
        #expect(try read(#"{"guidance":0,"condition":{"view":"PA"}}"#).planned.work.rowsPerEvaluation == 1)
        let guided = try read(#"{"guidance":3,"condition":{"view":"PA"},"width":16,"steps":10,"count":2}"#)
        #expect(guided.planned.work.rowsPerEvaluation == 2)
        #expect(try refusal(#"{"guidance":3,"condition":{"view":"PA"},"width":40}"#).faults.map(\.pointer) == ["#/width"])
    }
}
