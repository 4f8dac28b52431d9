import JSON

/// The schedule of a network that was told its time t of T training steps as 1000 t / T (improved-diffusion,
/// `rescale_timesteps`): one of 1000 steps, in which each step has the noise level that the network knows under its
/// number.
///
/// It is exact where T is a multiple of 1000: step s is the training's step s T / 1000, and the steps between are left
/// out, as the library leaves them out where it is given a `timestep_respacing` of 1000.
public struct ThousandthsSchedule: Sendable, Equatable {
    /// 1000 betas: of steps between two that are kept, the noise is added up.
    public let betas: [Double]

    /// - Throws: `InvalidSetting` unless the training steps are a multiple of 1000.
    public init(_ training: SchedulerConfiguration) throws(InvalidSetting) {
        let betas = training.betaSchedule.betas(count: training.trainingSteps), stride = betas.count / 1000
        guard stride > 0, betas.count % 1000 == 0 else {
            throw InvalidSetting(
                "--training-steps",
                expected:
                    "a multiple of 1000, as the times are rescaled: only then each thousandth is a step of training",
                got: "\(betas.count)")
        }
        self.betas = (0..<1000).map { step in
            let last = step * stride, first = step == 0 ? 0 : last - stride + 1
            return 1 - betas[first...last].reduce(1.0) { $0 * (1 - Double($1)) }
        }
    }

    /// The scheduler's fields with these betas in place of its own.
    public func fields(of scheduler: JSONObject) -> JSONObject {
        var fields = scheduler
        for formula in ["beta_start", "beta_end", "beta_schedule"] { fields[formula] = nil }
        fields["num_train_timesteps"] = 1000
        fields["trained_betas"] = .array(betas.map { .double($0) })
        return fields
    }
}
