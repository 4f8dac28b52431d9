import ArgumentParser
import Checkpoints
import JSON
import Networks

/// `phantom import`: checkpoints of other libraries become a folder that this program and diffusers load.
struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turns another library's checkpoint into a model folder.",
        discussion: """
            Reads files of torch.save (.bin, .pt, .pth, .ckpt) as data, without running anything in them, safetensors files, and \
            diffusers folders. Networks of diffusers, MONAI (DiffusionModelUNet), guided-diffusion and improved-diffusion, Ho's torch \
            port (pytorch_diffusion, ddim) and score_sde (models/ddpm.py) are told by the names of their weights. What the \
            weights do not show is given by options; what was taken for granted is said.
            """)

    @Argument(help: ArgumentHelp("A checkpoint file, or a diffusers folder.", valueName: "source"))
    var source: String

    @Option(help: ArgumentHelp("Folder for the model; new or empty.", valueName: "dir"))
    var output: String

    @Option(help: "Heads of every attention layer (guided-diffusion's num_heads).")
    var heads: Int?

    @Option(help: "Channels of one attention head (guided-diffusion's and MONAI's num_head_channels).")
    var headDim: Int?

    @Option(help: "Layout of guided-diffusion's fused Q, K and V: legacy, or new (use_new_attention_order).")
    var attentionOrder = ImportOptions.AttentionOrder.legacy

    @Option(help: "Pixels of a side the model was trained for.")
    var size: Int?

    @Option(help: ArgumentHelp("JSON with fields of UNet2DModel that the weights do not show, as norm_num_groups.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("JSON with fields of a diffusers scheduler, as beta_schedule and prediction_type.", valueName: "file"))
    var scheduler: String?

    @Option(help: ArgumentHelp("A phantom.json for the model.", valueName: "file"))
    var manifest: String?

    @Option(help: ArgumentHelp("Which weights of a training checkpoint: ema, model, ...", valueName: "place"))
    var weights: String?

    @Option(help: ArgumentHelp("Take only weights whose names begin so, without it.", valueName: "text"))
    var prefix: String?

    @Option(help: "Which weights of a diffusers folder: fp16, ema, non_ema, ...")
    var variant: String?

    func validate() throws {
        guard heads == nil || headDim == nil else { throw ValidationError("Expected --heads or --head-dim, not both.") }
        for (name, value) in [("--heads", heads), ("--head-dim", headDim), ("--size", size)] {
            try OptionRange.check(name, value, in: OptionRange.side)
        }
    }

    func run() throws {
        var options = ImportOptions()
        (options.heads, options.headDim, options.attentionOrder, options.sampleSize) = (heads, headDim, attentionOrder, size)
        (options.weights, options.prefix, options.variant) = (weights, prefix, variant)
        if let config { try options.readUNet(config) }
        if let scheduler { try options.readScheduler(scheduler) }
        if let manifest { try options.readManifest(manifest) }
        let model = try ImportedModel(path: source, options: options)
        // Holds every weight against the architecture before anything is written.
        let unet = try UNet(configuration: UNetConfiguration(json: model.unetConfiguration), weights: model.weights)
        let name = output.split(separator: "/").last.map(String.init) ?? "model"
        try model.write(to: output, name: name)
        print("\(output): \(model.family) UNet, \(unet.parameterCount) parameters" + (model.place.isEmpty ? "" : ", weights \(model.place)"))
        if !model.assumptions.isEmpty { print("Taken for granted: \(model.assumptions.joined(separator: "; "))") }
        for field in ["attention_head_dim", "layers_per_block"] where model.unetConfiguration[field]?.array != nil {
            print("\(field) differs by level: diffusers' UNet2DModel cannot load this folder")
        }
        if model.unetConfiguration["sample_size"]?.isNull != false { print("sample_size is not known: give --size for a default") }
    }
}

extension ImportOptions.AttentionOrder: ExpressibleByArgument {}
