import JSON

/// What a folder is that is no model of this program's, for messages: each is named, with the command that helps.
enum ForeignFolder {
    /// Why a folder cannot be imported, or nil if nothing speaks against it.
    static func refusal(_ path: String) -> CheckpointError? {
        let network = "a checkpoint file, or a folder of diffusers, accelerate or Trainer with a pixel-space UNet"
        return kind(path).map { CheckpointError(path: path, expected: network, got: $0) }
    }

    /// What to say of a folder in which there is nothing to import.
    static func unknown(_ path: String) -> CheckpointError {
        let names = names(in: path)
        let folders = names.filter { isFolder("\(path)/\($0)") == true }
        let checkpoints = folders.filter { $0.hasPrefix("checkpoint") }
        let got =
            !checkpoints.isEmpty
            ? "one of checkpoints: name one of \(listed(checkpoints.map { "\(path)/\($0)" }))"
            : names.isEmpty ? "an empty folder" : "one with \(listed(names))"
        return CheckpointError(
            path: path, expected: "a checkpoint file, or a folder with one or with unet/config.json", got: got)
    }

    /// What to say of a folder that is no model folder, where one is loaded.
    static func unloadable(_ path: String, lacks: String) -> CheckpointError {
        let expected = "a model folder, with model_index.json, unet/ and scheduler/"
        if let kind = kind(path) { return CheckpointError(path: path, expected: expected, got: kind) }
        let endings = [".safetensors", ".bin", ".pt", ".pth", ".ckpt"]
        let hasUNet = !ImportComponent.all(in: path).isEmpty
        guard hasUNet || names(in: path).contains(where: { name in endings.contains { name.hasSuffix($0) } }) else {
            return CheckpointError(path: path, expected: expected, got: "none of them")
        }
        return CheckpointError(
            path: path, expected: expected,
            got:
                """
                \(hasUNet ? "a UNet" : "a checkpoint") without \(lacks): `phantom import \(path) --output DIR` \
                makes a model folder of it
                """
        )
    }

    /// Layouts of other programs.
    private static func kind(_ path: String) -> String? {
        if let index = try? ConfigurationFile.read("\(path)/model_index.json"),
            let latent = ModelLayout.latentPart(index)
        {
            return latent.what
        }
        let held = names(in: path)
        let below = held.filter { isFolder("\(path)/\($0)") == true }.flatMap { names(in: "\(path)/\($0)") }
        let hasWeights = (held + below).contains {
            $0.hasSuffix(".safetensors") || $0.hasSuffix(".bin") || $0.hasSuffix(".pt")
        }
        if !hasWeights {
            if (held + below).contains(where: { $0.hasSuffix(".onnx") }) {
                return "an ONNX folder: the graph keeps no names of layers, import the checkpoint that it was made of"
            }
            if (held + below).contains(where: { $0.hasSuffix(".msgpack") }) {
                return "a Flax folder: load it in diffusers with from_flax=True and save_pretrained, then import that"
            }
            if held.contains("saved_model.pb") { return "a TensorFlow SavedModel" }
        }
        guard let configuration = try? ConfigurationFile.read("\(path)/config.json") else { return nil }
        if let name = configuration["_class_name"]?.string, name != "UNet2DModel" {
            return "a \(printable(name)) of diffusers, which is no UNet2DModel"
        }
        if configuration["model_type"] != nil || configuration["architectures"] != nil {
            let name = configuration["architectures"]?.array?.first?.string ?? configuration["model_type"]?.string
            return "a transformers model\(name.map { " (\(printable($0)))" } ?? ""), which is no UNet2DModel"
        }
        return nil
    }

    private static func listed(_ names: [String]) -> String {
        names.prefix(6).joined(separator: ", ") + (names.count > 6 ? " and \(names.count - 6) more" : "")
    }

    /// Names come from files: short, and without control characters.
    static func printable(_ name: String) -> String {
        String(
            String.UnicodeScalarView(
                name.unicodeScalars.prefix(80).filter { $0.properties.generalCategory != .control }))
    }
}
