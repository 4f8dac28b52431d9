import Checkpoints
import JSON
import Testing

/// Weights that an import makes up for layers without any: square matrices of a size that one shape in the file claims.
struct StandInTests {
    /// A weight from which the channels of a level are read, in a network with a layer without weights there.
    @Test(arguments: [
        ("ho_pooling/model.ckpt", "down.1.block.0.conv1.weight", "up_blocks.0.upsamplers.0.conv.weight"),
        ("guided_pooling/model.pt", "input_blocks.4.0.in_layers.2.weight", "up_blocks.0.upsamplers.0.conv.weight"),
        ("score_sde/checkpoint_1.pth", "module.all_modules.5.Conv_0.weight", "up_blocks.0.attentions.0.to_q.weight"),
        (
            "monai_generative/model.safetensors", "down_blocks.1.resnets.0.conv1.conv.weight",
            "mid_block.attentions.0.to_out.0.weight"
        ),
    ])
    func oneShapeDoesNotDecideHowMuchMemoryIsTaken(_ name: String, _ claimed: String, _ madeUp: String) throws {
        let shapes = try shapes(ImportTests.fixtures + "/" + name)
        #expect(try complaint(shapes) == nil)
        var changed = shapes
        // 8192 x 8192 x 9 numbers, 2.4 GB, for each such layer.
        let place = try #require(changed.firstIndex { $0.name == claimed })
        changed[place].shape = [8192, 1, 3, 3]
        let complaint = try #require(try complaint(changed))
        #expect(complaint.item == madeUp && complaint.got.hasPrefix("one of shape [8192, 8192"))
        let given = changed.reduce(0) { $0 + $1.shape.reduce(1, *) }
        #expect(complaint.expected == "layers without weights to be fewer than the \(given) weights given")
    }

    private typealias Shapes = [(name: String, shape: [Int])]

    private func shapes(_ path: String) throws -> Shapes {
        guard !path.hasSuffix(".safetensors") else {
            return try SafetensorsFile(path: path).tensors.map { ($0.name, $0.shape) }
        }
        let set = try #require(try WeightSets(TorchFile(path: path)).sets.first { $0.isNamed && $0.tensors.count > 10 })
        return set.tensors.filter { $0.name != "sigmas" }.map { ($0.name, $0.shape) }
    }

    /// What the import of zeros in these shapes is refused with.
    private func complaint(_ shapes: Shapes) throws -> CheckpointError? {
        var weights: [String: SafetensorsWriter.Tensor] = [:]
        for (name, shape) in shapes {
            let zeros = [Float](repeating: 0, count: shape.reduce(1, *))
            weights[name] = .init(shape: shape, floats: zeros)
        }
        var options = ImportOptions()
        options.unet = ["norm_num_groups": 2]
        let isHeaded = shapes.contains { $0.name.hasSuffix("qkv.weight") || $0.name.hasSuffix("to_q.weight") }
        if isHeaded { options.heads = 2 }
        return try Places.withFolder { folder in
            try SafetensorsWriter().write(weights, to: folder + "/x.safetensors")
            return HandMade.complaint { try ImportedModel(path: folder + "/x.safetensors", options: options) }
        }
    }
}
