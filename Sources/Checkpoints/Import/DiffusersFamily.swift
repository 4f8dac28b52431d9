import JSON

/// diffusers' own `UNet2DModel`, also with the names its attention had before version 0.15. Its configuration lies
/// beside the weights.
enum DiffusersFamily: ImportFamily {
    static let name = "diffusers"
    static let landmarks = ["conv_in.weight", "time_embedding.linear_1.weight", "conv_norm_out.weight"]
    static var scheduler: JSONObject { linearSchedule(variance: "fixed_small") }

    static func assemble(_ source: ForeignWeights, _ options: ImportOptions) throws(CheckpointError) -> NetworkAssembly
    {
        guard options.unet["block_out_channels"] != nil, options.unet["down_block_types"] != nil else {
            throw source.fault(
                "configuration", expected: "a folder with config.json, or --config with all of UNet2DModel's fields",
                got: "neither")
        }
        var assembly = NetworkAssembly(source)
        for name in source.names {
            let target = LegacyNames.current(name)
            var tensor = try assembly.source.read(name)
            tensor.shape = LegacyNames.currentShape(tensor.shape, of: target)
            guard assembly.tensors[target] == nil else {
                throw source.fault(name, expected: "each weight once", got: "a second \(target)")
            }
            assembly.put(target, tensor)
        }
        return assembly
    }
}
