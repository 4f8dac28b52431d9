@testable import Diffusion
import JSON
import Testing

/// What a null of a `scheduler_config.json` means: what diffusers 0.40's classes make of None, found by running each with
/// each of its fields set to None, False and its default:
///
///     s = Class(**{field: None}); s.set_timesteps(6)
///     for t in s.timesteps: x = s.step(torch.sin(3 * s.scale_model_input(x, t)) * 1.3, t, x, generator=g).prev_sample
struct SchedulerNullTests {
    private static func read(_ fields: JSONObject) throws -> SchedulerConfiguration {
        try SchedulerConfiguration(json: fields)
    }

    /// Flags are false, where a default is true as well. Some of the classes add up the three spacings, and fail.
    @Test(arguments: [
        "clip_sample", "thresholding", "rescale_betas_zero_snr", "set_alpha_to_one", "lower_order_final",
        "euler_at_final", "use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", "use_lu_lambdas",
        "use_flow_sigmas", "use_dynamic_shifting",
    ])
    func aFlagIsFalse(_ field: String) throws {
        #expect(try Self.read([field: .null]) == Self.read([field: false]))
    }

    /// The three whose default, with some sampler, is true.
    @Test func samplersTakeItForFalse() throws {
        for sampler in [SamplerKind.ddpm, .ddim] {
            let schedule = try sampler.schedule(
                configuration: Self.read(["clip_sample": .null]), options: SamplerOptions())
            #expect(schedule.configuration.clipsSample == false)
        }
        #expect(try Self.read(["set_alpha_to_one": .null]).finalAlphaIsOne == false)
        #expect(try Self.read(["lower_order_final": .null]).solver.lowerOrderFinal == false)
    }

    @Test(arguments: [
        "trained_betas", "variance_type", "sigma_min", "sigma_max", "solver_p", "timestep_type", "flow_shift",
        "dynamic_thresholding_ratio",
    ])
    func theseMayBeNone(_ field: String) throws { #expect(try Self.read([field: .null]) == SchedulerConfiguration()) }

    @Test(arguments: [
        "num_train_timesteps", "beta_start", "beta_end", "beta_schedule", "prediction_type", "clip_sample_range",
        "timestep_spacing", "steps_offset", "solver_order", "solver_type", "algorithm_type", "disable_corrector",
        "predict_x0", "final_sigmas_type", "lambda_min_clipped", "interpolation_type",
    ])
    func theRestIsRefusedByName(_ field: String) {
        let error = #expect(throws: JSONMismatch.self) { try Self.read([field: .null]) }
        #expect(error?.pointer == "/" + field && error?.got == "null")
    }

    @Test(arguments: ["sigma_min", "sigma_max", "sigma_data", "rho", "sigma_schedule"])
    func modelsOfEDMNeedTheirNumbers(_ field: String) {
        let error = #expect(throws: JSONMismatch.self) {
            try Self.read(["_class_name": "EDMEulerScheduler", field: .null])
        }
        #expect(error?.pointer == "/" + field && error?.got == "null")
    }

    /// What no other field has anything computed with may be null.
    @Test func numbersThatAreNotUsedMayBeNone() throws {
        let unused: [(JSONObject, String)] = [
            (["beta_schedule": "squaredcos_cap_v2"], "beta_start"), (["beta_schedule": "laplace"], "beta_end"),
            (["clip_sample": false], "clip_sample_range"), (["clip_sample": .null], "clip_sample_range"),
            (["thresholding": true], "clip_sample_range"), (["timestep_spacing": "trailing"], "steps_offset"),
            (["timestep_spacing": "linspace"], "steps_offset"),
        ]
        for (fields, field) in unused {
            var given = fields
            given[field] = .null
            #expect(try Self.read(given) == Self.read(fields), "\(field)")
        }
        let error = #expect(throws: JSONMismatch.self) {
            try Self.read(["thresholding": true, "dynamic_thresholding_ratio": .null])
        }
        #expect(error?.pointer == "/dynamic_thresholding_ratio")
    }

    /// `torch.clamp(s, min=1, max=None)` has no upper bound; nor has the recipe, which is JSON.
    @Test func thresholdingWithoutAMaximumHasNone() throws {
        let configuration = try Self.read(["thresholding": true, "sample_max_value": .null])
        #expect(configuration.sampleMaximum == .infinity)
        let written = JSONWriter().write(.object(configuration.json))
        #expect(try SchedulerConfiguration(json: #require(JSONReader().read(written).object)) == configuration)
    }
}
