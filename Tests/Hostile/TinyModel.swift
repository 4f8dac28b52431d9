import Bytes
import Checkpoints
import Diffusion
import Imaging
import JSON
import Locking
import Networks
import Service
import Tensors

/// The smallest model that has everything: two levels, attention, a class table, 8 x 8 pixels. Its weights are of a formula.
public enum TinyModel {
    /// The fields of `unet/config.json`.
    public static let unet: JSONObject = [
        "_class_name": "UNet2DModel", "sample_size": 8, "in_channels": 1, "out_channels": 1, "center_input_sample": false,
        "time_embedding_type": "positional", "time_embedding_dim": 8, "freq_shift": 0, "flip_sin_to_cos": true,
        "down_block_types": ["DownBlock2D", "AttnDownBlock2D"], "mid_block_type": "UNetMidBlock2D",
        "up_block_types": ["AttnUpBlock2D", "UpBlock2D"], "block_out_channels": [4, 8], "layers_per_block": 1,
        "mid_block_scale_factor": 1, "downsample_padding": 1, "downsample_type": "conv", "upsample_type": "conv", "act_fn": "silu",
        "attention_head_dim": 4, "norm_num_groups": 2, "attn_norm_num_groups": 2, "norm_eps": 1e-5,
        "resnet_time_scale_shift": "default", "add_attention": true, "class_embed_type": .null, "num_class_embeds": 5,
        "num_train_timesteps": 1000,
    ]

    /// The fields of `scheduler_config.json`; a thousand steps of training.
    public static let scheduler: JSONObject = [
        "_class_name": "DDPMScheduler", "num_train_timesteps": 1000, "beta_schedule": "squaredcos_cap_v2", "beta_start": 0.0001,
        "beta_end": 0.02, "prediction_type": "v_prediction", "variance_type": "fixed_small", "clip_sample": true, "clip_sample_range": 1,
        "thresholding": false, "dynamic_thresholding_ratio": 0.995, "sample_max_value": 1, "timestep_spacing": "leading",
        "steps_offset": 0, "rescale_betas_zero_snr": false, "set_alpha_to_one": true, "solver_order": 2, "solver_type": "midpoint",
        "lower_order_final": true, "euler_at_final": false, "final_sigmas_type": "zero", "lambda_min_clipped": -100,
        "use_karras_sigmas": false, "use_exponential_sigmas": false, "use_beta_sigmas": false, "use_lu_lambdas": false,
        "sigma_min": .null, "sigma_max": .null, "disable_corrector": [], "trained_betas": .null,
    ]

    /// `phantom.json`.
    public static let manifest: JSONObject = [
        "name": "tiny", "modality": "test", "channels": 1,
        "training": ["command": "phantom train", "settings_sha256": .string(sha256.hexadecimal), "images": 1_000_000, "average_width": 0.1],
        "evaluation": [
            "created": "2026-11-29T12:00:00Z", "features": "inception", "real": 100, "patients": 50, "synthetic": 100,
            "verdict": ["realistic": "partly", "useful": "unknown", "somebody": "no"],
            "metrics": ["fid": ["value": 12.5, "interval": [11, 14]], "kid": ["value": .null]],
        ],
        "attributes": [
            ["name": "view", "values": ["PA", "AP"], "multiple": false], ["name": "finding", "values": ["nodule", "mass"], "multiple": true],
        ],
        "null_class": 4, "value_range": [-1, 1], "spacing": [0.5, 0.5], "low_resolution": .null,
        "sampling": ["sampler": "heun", "steps": 4, "sampler_options": ["sigma_max": 80], "guidance": 1.5],
    ]

    /// `model_index.json`.
    public static let index: JSONObject = [
        "_class_name": "DDPMPipeline", "unet": ["diffusers", "UNet2DModel"], "scheduler": ["diffusers", "DDPMScheduler"],
    ]

    public static let sha256 = Digest(hexadecimal: String(repeating: "0f", count: 32))!

    /// A network of weights that are made as they are asked for.
    /// - Parameter most: values of all weights together beyond which the network is refused.
    public static func network(_ configuration: UNetConfiguration, most: Int = 1 << 17) throws -> UNet {
        let left = Budget(most)
        return try UNet(
            configuration: configuration,
            weights: Weights { (key, shape) throws(CheckpointError) in
                let count = shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).overflow ? .max : $0 * $1 }
                guard left.take(count) else {
                    throw CheckpointError(path: "memory", item: key, expected: "a tiny network", got: "shape \(shape)")
                }
                return (0..<count).map { Float(($0 * 37 + key.utf8.count * 11) % 23 - 11) / 64 }
            })
    }

    /// The network of `unet`.
    public static func made() -> UNet {
        do {
            return try network(UNetConfiguration(json: unet))
        } catch { fatalError("the tiny network is not one: \(error)") }
    }

    /// What a service knows of the model.
    public static func facts(scheduler: SchedulerConfiguration = read(scheduler)) -> ModelFacts {
        var generation = Generation.Model(weightsSHA256: sha256, scheduler: scheduler, channels: 1)
        (generation.width, generation.height, generation.sizeDivisor) = (8, 8, 2)
        var facts = ModelFacts(name: "tiny", generation: generation, parameters: 1)
        (facts.hasClassTable, facts.classRows, facts.nullClass) = (true, 5, 4)
        facts.attributes = [
            .init(name: "view", values: ["PA", "AP"], multiple: false, firstRow: 0),
            .init(name: "finding", values: ["nodule", "mass"], multiple: true, firstRow: 2),
        ]
        return facts
    }

    /// A scheduler's file that is known to be right.
    public static func read(_ scheduler: JSONObject) -> SchedulerConfiguration {
        do {
            return try SchedulerConfiguration(json: scheduler)
        } catch { fatalError("the tiny scheduler is not one: \(error)") }
    }

    /// Words of samplers, schedules and networks.
    public static let vocabulary: [String] =
        SamplerKind.allCases.map(\.rawValue) + SamplerOptions.Spacing.allCases.map(\.name) + SamplerOptions.Solver.allCases.map(\.rawValue)
        + PredictionType.allCases.map(\.rawValue) + VarianceType.allCases.map(\.rawValue) + ["scaled_linear", "sigmoid", "linear", "sigma_min", "zero"]
        + ["EDMEulerScheduler", "HeunDiscreteScheduler", "EulerDiscreteScheduler", "laplace", "fourier", "learned", "timestep", "identity"]
        + ["AttnDownBlock2D", "DownBlock2D", "ResnetDownsampleBlock2D", "AttnUpBlock2D", "UpBlock2D", "ResnetUpsampleBlock2D", "resnet", "conv"]
        + ["scale_shift", "gelu", "mish", "relu", "ddnm", "repaint", "conditional", "philox", "torch", "generation", "inpainting", "super-resolution"]
        + ["condition-first", "image-first", "nearest", "bilinear", "reverse-diffusion", "ancestral", "euler-maruyama", "PA", "nodule", "tiny"]
}

/// Counts down; the network's weights are made on one thread.
private final class Budget: Sendable {
    private let left: Lock<Int>

    init(_ count: Int) { left = Lock(count) }

    func take(_ count: Int) -> Bool {
        left.withLock { left in
            guard count <= left else { return false }
            left -= count
            return true
        }
    }
}
