import JSON

/// A component's configuration in today's spelling.
struct NormalisedConfiguration {
    /// `_class_name`, if the file names one.
    var className: String?
    /// Without the keys that begin with `_`; unknown keys stay, for whoever knows them.
    var values: JSONObject
    var warnings: [String]
}

/// Old spellings of diffusers configurations, and the fields there are today.
package enum Configurations {
    /// `UNet2DModel.__init__` of diffusers 0.42.
    package static let unetFields: Set<String> = [
        "sample_size", "in_channels", "out_channels", "center_input_sample", "time_embedding_type",
        "time_embedding_dim",
        "freq_shift", "flip_sin_to_cos", "down_block_types", "mid_block_type", "up_block_types", "block_out_channels",
        "layers_per_block", "mid_block_scale_factor", "downsample_padding", "downsample_type", "upsample_type",
        "dropout",
        "act_fn", "attention_head_dim", "norm_num_groups", "attn_norm_num_groups", "norm_eps",
        "resnet_time_scale_shift",
        "add_attention", "class_embed_type", "num_class_embeds", "num_train_timesteps",
    ]

    /// The constructors of diffusers 0.42's DDPM, DDIM, PNDM, DPM-Solver, DEIS, UniPC, Euler, Heun and EDM schedulers:
    /// a configuration of one may be loaded into another, so a field is unknown only if none has it.
    static let schedulerFields: Set<String> = [
        "num_train_timesteps", "beta_start", "beta_end", "beta_schedule", "trained_betas", "variance_type",
        "clip_sample",
        "prediction_type", "thresholding", "dynamic_thresholding_ratio", "clip_sample_range", "sample_max_value",
        "timestep_spacing", "steps_offset", "rescale_betas_zero_snr", "set_alpha_to_one", "skip_prk_steps",
        "solver_order",
        "algorithm_type", "solver_type", "lower_order_final", "euler_at_final", "use_karras_sigmas",
        "use_exponential_sigmas", "use_beta_sigmas", "use_lu_lambdas", "use_flow_sigmas", "flow_shift",
        "final_sigmas_type", "lambda_min_clipped", "use_dynamic_shifting", "time_shift_type", "predict_x0",
        "disable_corrector", "solver_p", "sigma_min", "sigma_max", "shift_terminal", "interpolation_type",
        "timestep_type", "sigma_data", "sigma_schedule", "rho",
    ]

    static func unet(_ raw: JSONObject) -> NormalisedConfiguration {
        var (result, values) = common(raw, fields: unetFields)
        for key in ["down_block_types", "up_block_types"] {
            if let names = values[key]?.array { values[key] = .array(names.map(withoutOldPrefix)) }
        }
        if let mid = values["mid_block_type"] { values["mid_block_type"] = withoutOldPrefix(mid) }
        if values["act_fn"] == "swish" { values["act_fn"] = "silu" }
        result.values = values
        return result
    }

    static func scheduler(_ raw: JSONObject) -> NormalisedConfiguration {
        var (result, values) = common(raw, fields: schedulerFields.union(["predict_epsilon"]))
        if let old = values["predict_epsilon"]?.bool {
            let prediction: JSONValue = old ? "epsilon" : "sample"
            if let newer = values["prediction_type"], newer != prediction {
                result.warnings.append(
                    "predict_epsilon \(old) contradicts prediction_type \(newer.summary), which is used")
            } else {
                values["prediction_type"] = prediction
            }
        }
        values["predict_epsilon"] = nil
        result.values = values
        return result
    }

    private static func common(_ raw: JSONObject, fields: Set<String>) -> (NormalisedConfiguration, JSONObject) {
        var values = JSONObject()
        var warnings: [String] = []
        for (key, value) in raw where !key.hasPrefix("_") {
            // Removed from diffusers in 0.2; it named the array library.
            if key == "tensor_format" { continue }
            if !fields.contains(key) { warnings.append("unknown field \(key), not used") }
            values[key] = value
        }
        return (
            NormalisedConfiguration(className: raw["_class_name"]?.string, values: JSONObject(), warnings: warnings),
            values
        )
    }

    /// `UNetResDownBlock2D` -> `DownBlock2D`, as diffusers' `get_down_block` does.
    private static func withoutOldPrefix(_ value: JSONValue) -> JSONValue {
        guard let name = value.string, name.hasPrefix("UNetRes") else { return value }
        return .string(String(name.dropFirst("UNetRes".count)))
    }
}
