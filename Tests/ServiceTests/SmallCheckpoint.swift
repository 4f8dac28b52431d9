import TestSupport
import Checkpoints
import Foundation
import JSON

/// A model folder with the random weights of a fixture: a real network, small enough to be sampled in a test.
final class SmallCheckpoint: Sendable {
    let folder: TemporaryFolder
    var path: String { "\(folder.path)/tiny" }

    init() throws {
        folder = try TemporaryFolder()
        let fixture = Repository.path("Tests/Fixtures/networks/class_table_resnet_resampling/unet")
        let unet = "\(folder.path)/tiny/unet"
        let scheduler = "\(folder.path)/tiny/scheduler"
        for path in [unet, scheduler] { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        let weights = "diffusion_pytorch_model.safetensors"
        try FileManager.default.copyItem(atPath: "\(fixture)/\(weights)", toPath: "\(unet)/\(weights)")
        guard let bytes = FileManager.default.contents(atPath: "\(fixture)/config.json"),
            var configuration = try JSONReader().read([UInt8](bytes)).object
        else { throw CocoaError(.fileReadCorruptFile) }
        configuration["sample_size"] = 32
        try Self.write(configuration, to: "\(unet)/config.json")
        try Self.write(
            [
                "_class_name": "DDPMScheduler", "num_train_timesteps": 1000, "beta_schedule": "squaredcos_cap_v2",
                "prediction_type": "v_prediction", "clip_sample": true,
            ], to: "\(scheduler)/scheduler_config.json")
        var manifest = ModelManifest(
            name: "tiny", channels: 1,
            attributes: [
                .init(name: "view", values: ["PA", "AP"], multiple: false), .init(name: "finding", values: ["nodule", "mass"], multiple: true),
            ], nullClass: 4)
        manifest.modality = "test"
        try Self.write(manifest.json, to: "\(path)/phantom.json")
        try Self.write(
            ["unet": ["diffusers", "UNet2DModel"], "scheduler": ["diffusers", "DDPMScheduler"]], to: "\(path)/model_index.json")
    }

    static func write(_ object: JSONObject, to path: String) throws {
        try Data(object.serialized()).write(to: URL(fileURLWithPath: path))
    }
}
