import Diffusion
import JSON
import Testing

struct SchedulerConfigurationTests {
    private func read(_ text: String) throws -> SchedulerConfiguration {
        let value = try JSONReader(.init(allowsNonFinite: true)).read(text)
        return try SchedulerConfiguration(json: try #require(value.object))
    }

    @Test func absentFieldsLeaveTheSamplersDefaults() throws {
        let empty = try read("{}")
        #expect(empty == SchedulerConfiguration())
        #expect(empty.spacing == nil && empty.clipsSample == nil && empty.finalAlphaIsOne == nil && empty.varianceType == nil)
        #expect(empty.betaSchedule == .linear(start: 0.0001, end: 0.02) && empty.trainingSteps == 1000)
        // DDPM's default is leading, the solver's linspace.
        let ddpm = try Trajectory(recipe: .make(.ddpm, steps: 4, scheduler: empty))
        let solver = try Trajectory(recipe: .make(.dpmSolverPlusPlus, steps: 4, scheduler: empty))
        #expect(ddpm.evaluation?.timestep == 750 && solver.evaluation?.timestep == 999)
    }

    @Test func oldSpellingsAreRead() throws {
        #expect(try read(#"{"predict_epsilon": false, "tensor_format": "pt"}"#).prediction == .sample)
        #expect(try read(#"{"predict_epsilon": true}"#).prediction == .epsilon)
        #expect(try read(#"{"predict_epsilon": false, "prediction_type": "v_prediction"}"#).prediction == .velocity)
        #expect(try read(#"{"lambda_min_clipped": -Infinity, "variance_type": null}"#) == SchedulerConfiguration())
        #expect(try read(#"{"_class_name": "HeunDiscreteScheduler"}"#).betaSchedule == .linear(start: 0.00085, end: 0.012))
    }

    @Test(arguments: [
        (#"{"_class_name": "FlowMatchEulerDiscreteScheduler"}"#, "/_class_name"),
        (#"{"beta_schedule": "exp"}"#, "/beta_schedule"), (#"{"beta_schedule": 3}"#, "/beta_schedule"),
        (#"{"prediction_type": "flow_prediction"}"#, "/prediction_type"), (#"{"variance_type": "x"}"#, "/variance_type"),
        (#"{"timestep_spacing": "karras"}"#, "/timestep_spacing"), (#"{"num_train_timesteps": 0}"#, "/num_train_timesteps"),
        (#"{"num_train_timesteps": 1e9}"#, "/num_train_timesteps"), (#"{"use_flow_sigmas": true}"#, "/use_flow_sigmas"),
        (#"{"use_karras_sigmas": true, "use_exponential_sigmas": true}"#, "/use_exponential_sigmas"),
        (#"{"use_beta_sigmas": 1}"#, "/use_beta_sigmas"), (#"{"use_dynamic_shifting": true}"#, "/use_dynamic_shifting"),
        (#"{"algorithm_type": "sde-dpmsolver"}"#, "/algorithm_type"), (#"{"predict_x0": false}"#, "/predict_x0"),
        (#"{"solver_p": {}}"#, "/solver_p"), (#"{"disable_corrector": [-1]}"#, "/disable_corrector/0"),
        (#"{"interpolation_type": "log_linear"}"#, "/interpolation_type"), (#"{"timestep_type": "continuous"}"#, "/timestep_type"),
        (#"{"sigma_min": 2, "sigma_max": 1}"#, "/sigma_max"), (#"{"sigma_min": 0}"#, "/sigma_min"),
        (#"{"_class_name": "EDMEulerScheduler", "sigma_max": 0.001}"#, "/sigma_max"),
        (#"{"_class_name": "EDMEulerScheduler", "prediction_type": "sample"}"#, "/prediction_type"),
        (#"{"_class_name": "EDMEulerScheduler", "sigma_schedule": "linear"}"#, "/sigma_schedule"), (#"{"solver_order": 4}"#, "/solver_order"),
        (#"{"lambda_min_clipped": NaN}"#, "/lambda_min_clipped"), (#"{"trained_betas": [0.1, 0.2]}"#, "/trained_betas"),
        (#"{"num_train_timesteps": 1, "trained_betas": ["a"]}"#, "/trained_betas/0"), (#"{"thresholding": 1}"#, "/thresholding"),
        (#"{"clip_sample_range": -1}"#, "/clip_sample_range"), (#"{"steps_offset": -1}"#, "/steps_offset"),
    ])
    func fieldsThatCannotBeHonouredAreNamed(_ text: String, _ pointer: String) {
        let error = #expect(throws: JSONMismatch.self) { try read(text) }
        #expect(error?.pointer == pointer)
    }

    @Test(arguments: [
        (#"{"rescale_betas_zero_snr": true}"#, "prediction_type"),
        (#"{"num_train_timesteps": 1, "rescale_betas_zero_snr": true, "prediction_type": "sample"}"#, "num_train_timesteps"),
        (#"{"num_train_timesteps": 2, "trained_betas": [0, 0.5]}"#, "beta_schedule"),
        (#"{"num_train_timesteps": 2, "trained_betas": [0.5, 1]}"#, "beta_schedule"),
        (#"{"beta_start": 0.9, "beta_end": 0.99}"#, "beta_schedule"),
    ])
    func tablesThatCannotBeUsedAreRefused(_ text: String, _ field: String) {
        let error = #expect(throws: InvalidSetting.self) { try read(text) }
        #expect(error?.field == field)
    }

    @Test func canonicalFormReadsBack() throws {
        for name in ["schedules.json", "runs.json", "timesteps.json", "sampler_runs.json"] {
            for golden in try Fixture.cases(name) {
                let configuration = try Fixture.configuration(golden["config"])
                #expect(try SchedulerConfiguration(json: configuration.json) == configuration)
            }
        }
    }
}
