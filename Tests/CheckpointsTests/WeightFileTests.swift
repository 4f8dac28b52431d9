import Checkpoints
import Testing

/// Which files of a folder hold its weights: variants, shards, and what is refused.
@Suite("Weight files")
struct WeightFileTests {
    private let tiny = Places.fixtures + "/tiny"

    @Test func variantsAreChosenByName() throws {
        let half = try ModelFolder(path: tiny, variant: "fp16")
        let full = try ModelFolder(path: tiny)
        #expect(half.weightFiles[0].tensors.allSatisfy { $0.dtype == .f16 })
        let (a, b) = (try half.weights.floats("conv_in.bias", shape: [8]), try full.weights.floats("conv_in.bias", shape: [8]))
        #expect(a == b.map { Float(Float16($0)) } && a != b)
        #expect(
            HandMade.complaint { try ModelFolder(path: tiny, variant: "ema") }
                == CheckpointError(
                    path: tiny + "/unet", expected: "diffusion_pytorch_model.ema.safetensors",
                    got: "only diffusion_pytorch_model.fp16.safetensors, diffusion_pytorch_model.safetensors (choose a variant)"))
        for wrong in ["", "../x", "a/b", "a.b", "é"] {
            #expect(HandMade.complaint { try ModelFolder(path: tiny, variant: wrong) }?.item == "variant")
        }
    }

    /// Both spellings that diffusers has had for the index of a variant.
    @Test(arguments: ["diffusion_pytorch_model.safetensors.index.ema.json", "diffusion_pytorch_model.ema.safetensors.index.json"])
    func variantsMayBeSharded(_ index: String) throws {
        try Places.withCopy("tiny-sharded") { copy in
            let name = "diffusion_pytorch_model.safetensors.index.json"
            try Places.copy("\(copy)/unet/\(name)", to: "\(copy)/unet/\(index)")
            try Places.remove("\(copy)/unet/\(name)")
            #expect(try ModelFolder(path: copy, variant: "ema").weightFiles.count == 5)
            #expect(HandMade.complaint { try ModelFolder(path: copy) } != nil)
        }
    }

    @Test func pickledWeightsAreRefusedByName() throws {
        try Places.withCopy("tiny") { copy in
            for name in try Places.names(in: copy + "/unet") where name.hasSuffix("safetensors") { try Places.remove("\(copy)/unet/\(name)") }
            #expect(HandMade.complaint { try ModelFolder(path: copy) }?.got == "no weights")
            try Places.write([0x80, 2], to: copy + "/unet/diffusion_pytorch_model.bin")
            let complaint = try #require(HandMade.complaint { try ModelFolder(path: copy) })
            #expect(complaint.path == copy + "/unet/diffusion_pytorch_model.bin")
            #expect(complaint.got.contains("phantom import"))
        }
    }

    @Test(arguments: ["../evil.safetensors", "a/b.safetensors", "..", ".safetensors", "/etc/passwd", "a\\\\b.safetensors", "x.bin", "a\\u0000.safetensors", ""])
    func shardsOutsideTheFolderAreRefused(_ shard: String) throws {
        try Places.withCopy("tiny-sharded") { copy in
            try Places.copy(Places.fixtures + "/types.safetensors", to: copy + "/evil.safetensors")
            try Places.write(
                "{\"metadata\":{},\"weight_map\":{\"f32\":\"\(shard)\"}}", to: copy + "/unet/diffusion_pytorch_model.safetensors.index.json")
            let complaint = try #require(HandMade.complaint { try ModelFolder(path: copy) })
            #expect(complaint.item == "/weight_map/f32" && complaint.expected == "the name of a safetensors file in this folder")
        }
    }

    @Test func indexAndShardsMustAgree() throws {
        try Places.withCopy("tiny-sharded") { copy in
            let index = copy + "/unet/diffusion_pytorch_model.safetensors.index.json"
            let shard = "diffusion_pytorch_model-00001-of-00005.safetensors"
            try Places.write("{\"weight_map\":{\"absent.weight\":\"\(shard)\"}}", to: index)
            #expect(HandMade.complaint { try ModelFolder(path: copy) }?.item == "absent.weight")
            try Places.write("{\"weight_map\":{\"conv_in.bias\":\"\(shard)\"}}", to: index)
            #expect(HandMade.complaint { try ModelFolder(path: copy) }?.item == "class_embedding.weight")
            try Places.write("{\"weight_map\":{}}", to: index)
            #expect(HandMade.complaint { try ModelFolder(path: copy) }?.item == "/weight_map")
            try Places.write("{}", to: index)
            #expect(HandMade.complaint { try ModelFolder(path: copy) }?.item == "/weight_map")
            try Places.write("{\"weight_map\":{\"a\":1}}", to: index)
            #expect(HandMade.complaint { try ModelFolder(path: copy) }?.item == "/weight_map/a")
            try Places.write("{\"weight_map\":{\"a\":\"absent.safetensors\"}}", to: index)
            #expect(HandMade.complaint { try ModelFolder(path: copy) }?.path == copy + "/unet/absent.safetensors")
        }
    }
}
