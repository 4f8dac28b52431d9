import Diffusion
import Networks
import JSON
import Testing

struct RecipeTests {
    @Test func canonicalFormReadsBack() throws {
        for recipe in TrajectoryTests.recipes {
            let bytes = recipe.canonical
            #expect(try Recipe(bytes: bytes) == recipe)
            #expect(try Recipe(bytes: bytes).canonical == bytes)
        }
        var recipe = TrajectoryTests.recipes[0]
        for (input, null) in [(.none, nil), (.value(0.1), ClassInput.none), (.vector([1, -0.3]), .rows([]))] as [(ClassInput, ClassInput?)] {
            recipe.condition = Condition(input: input, null: null)
            recipe.guidance = null == nil ? 1 : 0.1
            recipe.scheduler.betaSchedule = .trained([Float](repeating: 0.0123456789, count: 1000))
            recipe.scheduler.solver.minimumLambda = -5.1
            #expect(try Recipe(bytes: recipe.canonical) == recipe)
        }
        for interval in [GuidanceInterval.steps(start: 0.1, end: 0.8), .sigma(low: 0.3, high: 5)] {
            (recipe.guidanceRescale, recipe.guidanceInterval) = (0.7, interval)
            #expect(try Recipe(bytes: recipe.canonical) == recipe)
        }
        for spacing in SamplerOptions.Spacing.allCases {
            recipe.samplerOptions.spacing = spacing
            (recipe.samplerOptions.order, recipe.samplerOptions.solver) = (3, .heun)
            #expect(try Recipe(bytes: recipe.canonical) == recipe)
        }
        var churn = Churn()
        for (lowest, highest, noise) in [(0.0, Double.infinity, 1.0), (0.05, 50, 1.003)] {
            (churn.amount, churn.lowest, churn.highest, churn.noise) = (40, lowest, highest, noise)
            (recipe.samplerOptions.churn, recipe.samplerOptions.predictor) = (churn, .eulerMaruyama)
            (recipe.samplerOptions.correctorSteps, recipe.samplerOptions.signalToNoise, recipe.samplerOptions.tolerance) = (0, 0.2, 1e-4)
            #expect(try Recipe(bytes: recipe.canonical) == recipe)
        }
    }

    /// Written out, because images in the world carry it.
    @Test func canonicalFormIsFixed() throws {
        var recipe = Recipe.make(.ddim, steps: 20)
        (recipe.seed, recipe.guidance, recipe.eta) = (.max, 2.5, 0.5)
        recipe.condition = Condition(choices: [.init(attribute: "view", values: ["PA"])], input: .rows([0]), null: .rows([4]))
        let expected = [
            #"{"arithmetic":5,"bit_depth":8,"channels":2,"condition":{"choices":[{"attribute":"view","values":["PA"]}],"#,
            #""input":{"rows":[0]},"null":{"input":{"rows":[4]}}},"eta":0.5,"guidance":2.5,"height":5,"kind":"generation","#,
            #""noise":"philox","sampler":"ddim","scheduler":{"beta_end":0.02,"beta_schedule":"linear","beta_start":0.0001,"#,
            #""clip_sample_range":1.0,"dynamic_thresholding_ratio":0.995,"euler_at_final":false,"final_sigmas_type":"zero","#,
            #""lower_order_final":true,"num_train_timesteps":1000,"prediction_type":"epsilon","rescale_betas_zero_snr":false,"#,
            #""sample_max_value":1.0,"solver_order":2,"solver_type":"midpoint","steps_offset":0,"thresholding":false},"#,
            #""seed":"18446744073709551615","steps":20,"weights_sha256":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"#,
            #"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f","width":5}"#,
        ].joined()
        #expect(String(decoding: recipe.canonical, as: UTF8.self) == expected)
    }

    @Test(arguments: [
        ("seed", .integer(3), "/seed"), ("seed", "-1", "/seed"), ("seed", "18446744073709551616", "/seed"),
        ("sampler", "pndm", "/sampler"), ("noise", .null, "/noise"), ("kind", "painting", "/kind"), ("steps", "x", "/steps"),
        ("colour", 1, "/colour"), ("width", 1.5, "/width"), ("condition", ["choices": [], "input": ["rows": [-1]]], "/condition/input/rows/0"),
        ("sampler_options", ["order": 4], "/sampler_options/order"), ("sampler_options", ["colour": 1], "/sampler_options/colour"),
        ("sampler_options", ["spacing": "even"], "/sampler_options/spacing"),
        ("sampler_options", ["churn": ["amount": -1]], "/sampler_options/churn/amount"),
        ("guidance_interval", ["steps": [0.5]], "/guidance_interval/steps"),
        ("guidance_interval", ["sigma": [3, 1]], "/guidance_interval/sigma"), ("guidance_interval", [:], "/guidance_interval"),
    ] as [(String, JSONValue, String)])
    func fieldsThatDoNotFitAreNamed(_ field: String, _ value: JSONValue, _ pointer: String) {
        var json = Recipe.make(.ddpm, steps: 5).json
        json[field] = value
        let error = #expect(throws: JSONMismatch.self) { try Recipe(json: json) }
        #expect(error?.pointer == pointer)
    }

    @Test(arguments: [
        ("arithmetic", 2), ("weights_sha256", "AB"), ("width", 0), ("height", 65537), ("channels", -1), ("bit_depth", 12),
        ("guidance", 1001), ("guidance", 2), ("guidance_rescale", 1.5),
    ] as [(String, JSONValue)])
    func valuesThatCannotBeMadeAreNamed(_ field: String, _ value: JSONValue) {
        var json = Recipe.make(.ddpm, steps: 5).json
        json[field] = value
        let error = #expect(throws: InvalidSetting.self) { try Recipe(json: json) }
        #expect(error?.field == field)
    }

    /// A schedule whose `lambda_min_clipped` leaves out every level: no list of levels can be made of it, however they are spaced.
    @Test(arguments: SamplerKind.allCases, SamplerOptions.Spacing.allCases + [nil])
    func aScheduleWithoutLevelsIsRefusedOrPassedOver(_ sampler: SamplerKind, _ spacing: SamplerOptions.Spacing?) throws {
        for steps in [1, 2, 1000] {
            var recipe = Recipe.make(sampler, steps: steps)
            recipe.scheduler.solver.minimumLambda = 50
            recipe.samplerOptions.spacing = spacing
            // Only the multistep solvers know the field; what others make of so many steps is their own affair.
            let knows = [SamplerKind.dpmSolverPlusPlus, .stochasticDPMSolverPlusPlus].contains(sampler)
            do {
                _ = try recipe.work()
                #expect(!knows)
            } catch {
                #expect(!knows || error.field == "lambda_min_clipped")
            }
        }
    }

    @Test(arguments: [
        ("scale", 3_000_000_000), ("scale", 0), ("noise_level", -1), ("value_range", [0, 0]), ("value_range", [-1e300, 1e300]),
        ("resample", ["length": 0, "count": 1]), ("resample", ["length": 1, "count": 9_223_372_036_854_775_807]),
    ] as [(String, JSONValue)])
    func numbersOfARestorationHaveTheirRange(_ field: String, _ value: JSONValue) {
        var json = Recipe.make(.ddim, steps: 5).json
        var restoration: JSONObject = [
            "method": "ddnm", "image_sha256": .string(String(repeating: "0f", count: 32)), "scale": 2, "resample": ["length": 1, "count": 1],
            "noise_level": 0, "value_range": [-1, 1],
        ]
        restoration[field] = value
        (json["kind"], json["restoration"]) = ("super-resolution", .object(restoration))
        let error = #expect(throws: JSONMismatch.self) { try Recipe(json: json) }
        #expect(error?.pointer.hasPrefix("/restoration/\(field)") == true)
    }

    @Test func hugeImagesAreRefused() {
        let recipe = Recipe.make(.ddpm, steps: 5, size: (65536, 65536, 65536))
        let error = #expect(throws: InvalidSetting.self) { try Trajectory(recipe: recipe) }
        #expect(error?.field == "width")
    }
}
