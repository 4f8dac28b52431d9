import Bytes
import Checkpoints
import Diffusion
import FoundationEssentials
import Images
import JSON
import Networks
import Tensors
import Testing

/// Imported networks, sampled from end to end, against the sampling loops of their own libraries
/// (Tests/Fixtures/imports/make_training_checkpoints.py). Every training step is visited, so that no choice of steps plays a part.
struct ImportedSamplingTests {
    private struct Golden {
        let path: String
        let file: SafetensorsFile

        init(_ name: String) throws {
            let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            path = root.appending(path: "Fixtures/imports/\(name)").path()
            file = try SafetensorsFile(path: path + "/golden.safetensors")
        }

        var sampled: [Float] { get throws { try file.floats("sampled") } }
        var seed: UInt64 { get throws { UInt64(try file.floats("seed")[0]) } }
    }

    private func scheduler(_ model: ImportedModel) throws -> SchedulerConfiguration { try SchedulerConfiguration(json: model.schedulerConfiguration) }

    private func generation(_ golden: Golden, _ sampler: SamplerKind, steps: Int) throws -> Generation {
        var generation = Generation()
        (generation.sampler, generation.steps, generation.noise, generation.seed) = (sampler, steps, .torch, try golden.seed)
        (generation.width, generation.height) = (8, 8)
        return generation
    }

    /// How far the image is from the end of improved-diffusion's `ddim_sample_loop`, in parts of the image's root mean square. Nothing is
    /// clipped: the library takes its noise from the clipped image, diffusers from the network. Random weights then blow the image up to
    /// 2527 (`improved_rescaled`, a root mean square of 916) and 1060 (`improved_plain`, 384), where neighbours in float32 lie 2.4e-4 and
    /// 1.2e-4 apart: an absolute 1e-4 would ask for the library's own bits. The network alone is held to it in
    /// NetworksTests/ImportGoldenTests, and super-resolution, whose image is within -1...1, below.
    private func difference(_ name: String, rescaled: Bool, _ scheduler: JSONObject = [:]) throws -> Float {
        let golden = try Golden(name)
        var options = ImportOptions()
        (options.heads, options.unet, options.rescaledTimesteps, options.scheduler) = (2, ["norm_num_groups": 2], rescaled, scheduler)
        options.scheduler["clip_sample"] = false
        options.trainingSteps = name == "improved_plain" ? 50 : 4000
        var model = try ImportedModel(path: golden.path + "/ema_0.9999_000100.pt", options: options)
        if model.stepsToldInThousandths != nil {
            let schedule = try ThousandthsSchedule(self.scheduler(model))
            model.take(scheduleToldInThousandths: schedule.fields(of: model.schedulerConfiguration))
        }
        let unet = try UNet(configuration: UNetConfiguration(json: model.unetConfiguration), weights: model.weights)
        let served = Generation.Model(weightsSHA256: Digest(hexadecimal: String(repeating: "0", count: 64))!, scheduler: try self.scheduler(model), channels: 1)
        let recipe = try generation(golden, .ddim, steps: min(1000, served.scheduler.trainingSteps)).series(for: served).first
        let end = try TrajectoryStepper(NetworkPredictor(network: unet, compute: Compute(threads: 1))).run(Trajectory(recipe: recipe))
        let sampled = try golden.sampled, deviation = (sampled.reduce(0) { $0 + $1 * $1 } / Float(sampled.count)).squareRoot()
        return Fixture.largestDifference(end.latent, sampled) / deviation
    }

    @Test func rescaledTimesAreThoseOfImprovedDiffusion() throws {
        let difference = try difference("improved_rescaled", rescaled: true, ["beta_schedule": "squaredcos_cap_v2"])
        #expect(difference < 1e-4, "differs by \(difference)")
    }

    @Test func plainTimesAreThoseOfImprovedDiffusion() throws {
        let difference = try difference("improved_plain", rescaled: false)
        #expect(difference < 1e-4, "differs by \(difference)")
    }

    /// guided-diffusion's `p_sample_loop` of a `SuperResModel` with `learn_sigma`.
    @Test func superResolutionWithLearnedVarianceIsThatOfGuidedDiffusion() throws {
        let golden = try Golden("guided_superres")
        var options = ImportOptions()
        (options.heads, options.unet, options.trainingSteps, options.rescaledTimesteps) = (2, ["norm_num_groups": 2], 50, false)
        let model = try ImportedModel(path: golden.path + "/model.pt", options: options)
        let unet = try UNet(configuration: UNetConfiguration(json: model.unetConfiguration), weights: model.weights)
        var served = Generation.Model(weightsSHA256: Digest(hexadecimal: String(repeating: "0", count: 64))!, scheduler: try scheduler(model), channels: model.manifest.channels)
        served.concatenation = Concatenation(order: .imageFirst, upsampling: .bilinear)
        let pixels = try golden.file.floats("low").map { UInt16((($0 + 1) * 127.5).rounded()) }
        let image = try PixelImage(width: 4, height: 4, channels: 1, bitDepth: 8, samples: pixels)
        let task = SuperResolution(try generation(golden, .ddpm, steps: 50), image: image, scale: 2)
        let end = try TrajectoryStepper(NetworkPredictor(network: unet, compute: Compute(threads: 1))).run(Trajectory(recipe: task.series(for: served).first, inputs: task.inputs))
        let difference = try Fixture.largestDifference(end.latent, golden.sampled)
        #expect(difference < 1e-4, "differs by \(difference)")
    }

    /// Each step has the noise of the step of training that the network was told by this number.
    @Test func thousandthsHaveTheNoiseOfTheirSteps() throws {
        for kind: JSONValue in ["linear", "squaredcos_cap_v2"] {
            let training = try SchedulerConfiguration(json: ["num_train_timesteps": 4000, "beta_schedule": kind, "beta_end": 0.005])
            let all = try Schedule(training)
            let thousandths = try ThousandthsSchedule(training)
            let few = try Schedule(SchedulerConfiguration(json: thousandths.fields(of: ["num_train_timesteps": 4000, "beta_schedule": kind])))
            #expect(few.trainingSteps == 1000)
            for step in 0..<1000 { #expect(abs(few.alphaBar[step] - all.alphaBar[4 * step]) <= 2e-6 * all.alphaBar[4 * step], "\(step)") }
        }
        let same = try SchedulerConfiguration(json: [:])
        for (a, b) in zip(try ThousandthsSchedule(same).betas, try Schedule(same).betas) { #expect(abs(a - Double(b)) < 1e-9) }
        for steps in [999, 1500, 50] {
            #expect(throws: InvalidSetting.self) { try ThousandthsSchedule(SchedulerConfiguration(json: ["num_train_timesteps": .integer(steps)])) }
        }
    }
}
