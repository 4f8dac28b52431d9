import ArgumentParser
import Checkpoints
import Diffusion
import JSON
import Networks

/// `phantom import`: checkpoints of other libraries become a folder that this program and diffusers load.
struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turns another library's checkpoint into a model folder.",
        discussion: """
            Reads files of torch.save (.bin, .pt, .pth, .ckpt) as data, without running anything in them, safetensors \
            files, and \
            folders of diffusers, accelerate and Trainer. Networks of diffusers, MONAI (DiffusionModelUNet), \
            guided-diffusion and \
            improved-diffusion, Ho's torch port (pytorch_diffusion, ddim) and score_sde (models/ddpm.py) are told by \
            the names of their \
            weights. What the weights do not show is given by options. What was taken, passed over and assumed is \
            printed, and kept in \
            the folder as import.json.
            """)

    @Argument(
        help: ArgumentHelp("A checkpoint file, or a folder of diffusers, accelerate or Trainer.", valueName: "source"))
    var source: String

    @Option(help: ArgumentHelp("Folder for the model; new or empty.", valueName: "dir"))
    var output: String

    @Option(help: "Heads of every attention layer (guided-diffusion's num_heads).")
    var heads: Int?

    @Option(help: "Channels of one attention head (guided-diffusion's and MONAI's num_head_channels).")
    var headDim: Int?

    @Option(help: "Layout of guided-diffusion's fused Q, K and V: legacy (assumed), or new (use_new_attention_order).")
    var attentionOrder: ImportOptions.AttentionOrder?

    @Option(help: "Pixels of a side the model was trained for.")
    var size: Int?

    @Option(help: "Steps of the training's noise schedule (diffusion_steps); 1000 are assumed.")
    var trainingSteps: Int?

    @Option(
        help: ArgumentHelp(
            """
            Whether the network was told its steps in thousandths: yes (rescale_timesteps, improved-diffusion's \
            default) or no.
            """,
            valueName: "yes|no"))
    var rescaledTimesteps: Answer?

    @Option(
        help: ArgumentHelp(
            "JSON with fields of UNet2DModel that the weights do not show, as norm_num_groups.", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "JSON with fields of a diffusers scheduler, as beta_schedule and prediction_type.", valueName: "file"))
    var scheduler: String?

    @Option(help: ArgumentHelp("A phantom.json for the model.", valueName: "file"))
    var manifest: String?

    @Option(
        help: ArgumentHelp(
            "Which weights of a training checkpoint: ema, model, or the name of a set.", valueName: "name"))
    var weights: String?

    @Option(help: ArgumentHelp("Take the network whose weights' names begin so.", valueName: "text"))
    var prefix: String?

    @Option(help: "Which weights of a diffusers folder: fp16, ema, non_ema, ...")
    var variant: String?

    enum Answer: String, ExpressibleByArgument { case yes, no }

    func validate() throws {
        guard heads == nil || headDim == nil else { throw ValidationError("Expected --heads or --head-dim, not both.") }
        for (name, value) in [
            ("--heads", heads), ("--head-dim", headDim), ("--size", size), ("--training-steps", trainingSteps),
        ] {
            try OptionRange.check(name, value, in: OptionRange.side)
        }
        try OptionRange.check("--training-steps", trainingSteps, in: 1...100_000)
        try OptionRange.check(variant: variant)
    }

    func run() throws {
        try ImportedModel.requireEmpty(output)
        var model = try ImportedModel(path: source, options: try options())
        // Holds every weight against the architecture, and the schedule against its own rules, before anything is
        // written.
        let unet = try UNet(configuration: UNetConfiguration(json: model.unetConfiguration), weights: model.weights)
        var scheduler = model.schedulerConfiguration
        scheduler["_class_name"] = .string(model.schedulerClass)
        let schedule = try SchedulerConfiguration(json: scheduler)
        if model.stepsToldInThousandths != nil {
            model.take(
                scheduleToldInThousandths: try ThousandthsSchedule(schedule).fields(of: model.schedulerConfiguration))
        }
        try model.write(to: output, name: output.split(separator: "/").last.map(String.init) ?? "model")
        print("\(output): \(model.family) UNet, \(unet.parameterCount) parameters")
        for line in model.record.lines { print(line) }
        for field in ["attention_head_dim", "layers_per_block"] where model.unetConfiguration[field]?.array != nil {
            print("\(field) differs by level: diffusers' UNet2DModel cannot load this folder")
        }
    }

    private func options() throws -> ImportOptions {
        var options = ImportOptions()
        (options.heads, options.headDim, options.attentionOrder, options.sampleSize) = (
            heads, headDim, attentionOrder, size
        )
        (options.weights, options.prefix, options.variant) = (weights, prefix, variant)
        (options.trainingSteps, options.rescaledTimesteps) = (trainingSteps, rescaledTimesteps.map { $0 == .yes })
        if let config { try options.readUNet(config) }
        if let scheduler { try options.readScheduler(scheduler) }
        if let manifest { try options.readManifest(manifest) }
        return options
    }
}

extension ImportOptions.AttentionOrder: ExpressibleByArgument {}
