import Checkpoints
import JSON
import Testing

@Suite("Writing checkpoints")
struct WriterTests {
    /// Byte for byte what safetensors 0.8.0 writes of the same tensors.
    @Test func bytesEqualTheReferenceWriter() throws {
        try Places.withFolder { folder in
            let path = folder + "/written.safetensors"
            try SafetensorsWriter().write(
                [
                    "a.bias": .init(shape: [2], values: .float16([1, -2.5])),
                    "b.weight": .init(shape: [2, 3], floats: [0, 0.25, 0.5, 0.75, 1, 1.25]),
                    "a.scalar": .init(shape: [], floats: [0.1]),
                    "labels": .init(shape: [2], values: .int64([3, -1])),
                ], to: path)
            #expect(try Places.read(path) == Places.read(Places.fixtures + "/written.safetensors"))
        }
    }

    @Test func readsBackWhatItWrote() throws {
        try Places.withFolder { folder in
            let path = folder + "/x.safetensors"
            let values: [Float] = [0.1, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -.infinity]
            try SafetensorsWriter(metadata: ["π": "\"\n"]).write(
                ["x": .init(shape: [5], floats: values), "empty": .init(shape: [2, 0], floats: []), "h": .init(shape: [1], values: .float16([1.0 / 3]))],
                to: path)
            let file = try SafetensorsFile(path: path)
            #expect(file.header.dataStart % 8 == 0)
            #expect(file.metadata == ["π": "\"\n"])
            #expect(try file.floats("x").map(\.bitPattern) == values.map(\.bitPattern))
            #expect(try file.floats("empty") == [] && file.entry("empty")?.shape == [2, 0])
            #expect(try file.floats("h") == [Float(Float16(1.0 / 3 as Float))])
            #expect(try Places.names(in: folder) == ["x.safetensors"])
        }
    }

    /// A write that fails, early or in the middle, leaves the old file and nothing else.
    @Test func failureLeavesTheOldFile() throws {
        try Places.withFolder { folder in
            let path = folder + "/x.safetensors"
            try SafetensorsWriter().write(["x": .init(shape: [1], floats: [1])], to: path)
            let old = try Places.read(path)
            let wrong: [(SafetensorsWriter.Tensor, String)] = [
                (.init(shape: [3], floats: [1]), "values for [3]"),
                (.init(shape: [-1], floats: []), "values for [-1]"),
                (.init(shape: [Int.max, 2], floats: []), "values for [9223372036854775807, 2]"),
                (.init(shape: [2], values: .float16([1, 70000])), "values within the range of F16 (65504)"),
            ]
            for (tensor, expected) in wrong {
                let complaint = HandMade.complaint { try SafetensorsWriter().write(["w": tensor], to: path) }
                #expect(complaint?.item == "w" && complaint?.expected == expected)
            }
            #expect(HandMade.complaint { try SafetensorsWriter().write(["__metadata__": .init(shape: [], floats: [1])], to: path) } != nil)
            #expect(try Places.read(path) == old)
            #expect(try Places.names(in: folder) == ["x.safetensors"])
            #expect(HandMade.complaint { try SafetensorsWriter().write([:], to: folder + "/absent/x") }?.got == "No such file or directory")
            #expect(HandMade.complaint { try SafetensorsWriter().write([:], to: folder) } != nil)
            #expect(try Places.names(in: folder) == ["x.safetensors"])
        }
    }

    /// A folder written here from what was read equals the folder that diffusers' save_pretrained wrote.
    @Test func folderEqualsThatOfDiffusers() throws {
        let source = Places.fixtures + "/tiny"
        let model = try ModelFolder(path: source)
        var tensors: [String: SafetensorsWriter.Tensor] = [:]
        for key in model.weights.keys {
            let shape = try #require(model.weights.shape(of: key))
            tensors[key] = .init(shape: shape, floats: try model.weights.floats(key, shape: shape))
        }
        try Places.withFolder { folder in
            let writer = ModelFolderWriter(
                unetConfiguration: model.unetConfiguration, schedulerConfiguration: model.schedulerConfiguration)
            try writer.write(tensors, to: folder + "/copy")
            for file in [
                "unet/diffusion_pytorch_model.safetensors", "unet/config.json", "scheduler/scheduler_config.json",
                "model_index.json",
            ] {
                let (ours, theirs) = (try Places.read("\(folder)/copy/\(file)"), try Places.read("\(source)/\(file)"))
                #expect(ours == theirs, "\(file)")
            }
            #expect(try ModelFolder(path: folder + "/copy").weightsSHA256 == (try model.weightsSHA256))
        }
    }

    @Test func manifestSurvivesWriting() throws {
        let manifest = try #require(try ModelFolder(path: Places.root + "/Models/cxr64").manifest)
        #expect(try ModelManifest(json: manifest.json) == manifest)
    }
}
