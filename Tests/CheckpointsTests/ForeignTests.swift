import Checkpoints
import JSON
import Testing

/// What is no checkpoint, or no model folder, is named for what it is, with the way out.
@Suite("Files and folders of others")
struct ForeignTests {
    private static let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n"

    @Test(arguments: [
        ("<!DOCTYPE html><html>", "an HTML page"), ("\n  <html lang=en>", "an HTML page"), (pointer, "a Git LFS pointer"), ("{\"a\": 1}", "JSON"),
        ("<?xml version='1.0'?><Error/>", "an XML document"), ("\u{1F}\u{8B}\u{8}", "gzip"), ("\u{89}HDF\r\n", "HDF5"), ("\u{93}NUMPY", "a numpy array"),
        ("GGUF", "GGUF"), ("\u{80}\u{4}\u{95}", "a pickle that torch.save did not write"), ("", "an empty file"), ("\0\0\0\0\0\0\0\0\0\0", "nothing but zeros"),
        ("7z\u{BC}\u{AF}", "a 7z archive"), ("%PDF-1.4", "a PDF document"), ("plain words", "something else"),
    ])
    func filesAreNamed(_ text: String, _ what: String) throws {
        try Places.withFolder { folder in
            let bytes = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
            for name in ["x.pt", "x.bin", "x.safetensors"] {
                try Places.write(bytes, to: "\(folder)/\(name)")
                let refusal = try #require(HandMade.complaint { try ImportedModel(path: "\(folder)/\(name)") })
                #expect(refusal.got.hasPrefix(what) || what == "something else", "\(name): \(refusal)")
            }
            guard text.hasPrefix("<") || text.hasPrefix("version") else { return }
            // The brothers: where JSON should be, and where a model is loaded.
            try Places.copy(Places.fixtures + "/tiny", to: folder + "/model")
            try Places.write(bytes, to: folder + "/model/unet/diffusion_pytorch_model.safetensors")
            #expect(HandMade.complaint { try ModelFolder(path: folder + "/model") }?.got.hasPrefix(what) == true)
            try Places.write(bytes, to: folder + "/model/unet/config.json")
            #expect(HandMade.complaint { try ModelFolder(path: folder + "/model") }?.got.hasPrefix(what) == true)
        }
    }

    /// Read by content: the ending does not matter.
    @Test func endingsDoNotMatter() throws {
        try Places.withFolder { folder in
            var options = ImportOptions()
            (options.headDim, options.unet) = (2, ["norm_num_groups": 2])
            try Places.copy(ImportTests.fixtures + "/monai_generative/model.safetensors", to: folder + "/weights.bin")
            #expect(try ImportedModel(path: folder + "/weights.bin", options: options).family == "MONAI")
        }
    }

    @Test(arguments: [
        (["model_index.json": #"{"_class_name": "StableDiffusionPipeline", "vae": ["diffusers", "AutoencoderKL"]}"#], "a latent-space pipeline (StableDiffusionPipeline)"),
        (["config.json": #"{"architectures": ["ViTModel"], "model_type": "vit"}"#, "model.safetensors": ""], "a transformers model (ViTModel)"),
        (["config.json": #"{"_class_name": "UNet2DConditionModel"}"#], "a UNet2DConditionModel of diffusers"),
        (["unet/model.onnx": "", "model_index.json": #"{"unet": ["diffusers", "OnnxRuntimeModel"]}"#], "an ONNX folder"),
        (["diffusion_flax_model.msgpack": "", "config.json": "{}"], "a Flax folder"), (["saved_model.pb": ""], "a TensorFlow SavedModel"),
    ] as [([String: String], String)])
    func foldersAreNamed(_ files: [String: String], _ what: String) throws {
        try Places.withFolder { folder in
            for (name, text) in files { try Places.write(text, to: "\(folder)/\(name)") }
            #expect(HandMade.complaint { try ImportedModel(path: folder) }?.got.hasPrefix(what) == true)
            let loaded = HandMade.complaint { try ModelFolder(path: folder) }
            #expect(loaded?.got.hasPrefix(what) == true || loaded?.item == "/_class_name" || loaded?.item == "/unet", "\(loaded as Any)")
        }
    }

    /// A folder of checkpoints names them; an empty one, or one of other things, what is in it.
    @Test func foldersWithoutWeightsSayWhatTheyHold() throws {
        try Places.withFolder { folder in
            #expect(HandMade.complaint { try ImportedModel(path: folder) }?.got == "an empty folder")
            try Places.write("", to: folder + "/notes.txt")
            #expect(HandMade.complaint { try ImportedModel(path: folder) }?.got == "one with notes.txt")
            #expect(HandMade.complaint { try ModelFolder(path: folder) }?.got == "none of them")
            try Places.write("", to: folder + "/checkpoint-5/x.txt")
            #expect(HandMade.complaint { try ImportedModel(path: folder) }?.got == "one of checkpoints: name one of \(folder)/checkpoint-5")
        }
    }

    /// A bare UNet, or a training checkpoint, where a model is loaded: the command that helps.
    @Test func whatCanBeImportedIsSentThere() throws {
        for name in ["diffusers_training/checkpoint-2", "diffusers_training/checkpoint-2/unet", "accelerate_state/checkpoint-2", "ema_pytorch"] {
            let path = "\(ImportTests.fixtures)/\(name)"
            let refusal = try #require(HandMade.complaint { try ModelFolder(path: path) })
            #expect(refusal.got.hasSuffix("`phantom import \(path) --output DIR` makes a model folder of it"), "\(refusal)")
        }
    }

    /// Weights of one variant only: taken by the import, which says so; where a model is loaded, the ways out.
    @Test func oneVariantIsTaken() throws {
        try Places.withFolder { folder in
            try Places.copy(Places.fixtures + "/tiny", to: folder + "/model")
            let plain = "\(folder)/model/unet/diffusion_pytorch_model.safetensors"
            #expect(try ImportedModel(path: folder + "/model").record.files == ["diffusion_pytorch_model.safetensors"])
            try Places.remove(plain)
            let model = try ImportedModel(path: folder + "/model")
            #expect(model.record.files == ["diffusion_pytorch_model.fp16.safetensors"] && model.place == "unet.fp16")
            let refusal = try #require(HandMade.complaint { try ModelFolder(path: folder + "/model") })
            #expect(refusal.got.contains("`phantom import` makes a folder of it that is served"), "\(refusal)")
            var options = ImportOptions()
            options.variant = "ema"
            #expect(HandMade.complaint { try ImportedModel(path: folder + "/model", options: options) }?.expected == "diffusion_pytorch_model.ema.safetensors")
        }
    }
}
