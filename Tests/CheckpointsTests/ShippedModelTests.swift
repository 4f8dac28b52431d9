import Bytes
import Checkpoints
import JSON
import Testing

@Suite("The shipped model")
struct ShippedModelTests {
    /// Expected values: `sha256sum`, and `safetensors.numpy.load_file` with numpy 2.
    @Test func cxr64OpensWithItsManifestAndWeights() throws {
        let folder = try ModelFolder(path: Places.root + "/Models/cxr64")
        #expect(folder.warnings == [])
        #expect(try folder.weightsSHA256.hexadecimal == "96283802c05323a8ac42133e7a04f393f27b72a4180563969b3dd8052497e892")
        #expect(folder.schedulerClass == "DDPMScheduler")
        #expect(try folder.schedulerConfiguration.string("prediction_type") == "v_prediction")
        #expect(try folder.unetConfiguration.ints("block_out_channels") == [32, 64, 96, 128])
        #expect(folder.unetConfiguration.keys.allSatisfy { !$0.hasPrefix("_") })
        let manifest = try #require(folder.manifest)
        #expect(manifest.name == "cxr64" && manifest.channels == 1 && manifest.nullClass == 4)
        #expect(manifest.row(of: "AP abnormal", in: "study") == 3)
        #expect(manifest.rowCount == 4 && manifest.sampling == nil)

        let weights = folder.weights
        #expect(weights.keys.count == 255)
        #expect(weights.shape(of: "conv_in.weight") == [32, 1, 3, 3])
        let bias = try weights.floats("conv_in.bias", shape: [32])
        #expect(bias.prefix(3) == [-0.05877685546875, -0.030548095703125, -0.208740234375])
        let block = weights.scoped("down_blocks.2").scoped("attentions.0")
        #expect(block.keys.contains("to_out.0.bias"))
        #expect(try block.floats("to_q.weight", shape: [96, 96]).count == 96 * 96)
    }

    struct Trained: CustomTestStringConvertible, Sendable {
        let name: String
        let modality: String
        let attributes: [String]
        let channels: Int
        let nullClass: Int
        let guidance: JSONValue
        var testDescription: String { name }
    }

    static let trained = [
        Trained(name: "chest64", modality: "chest X-ray", attributes: ["view", "finding"], channels: 1, nullClass: 4, guidance: 1.5),
        Trained(name: "brain64", modality: "brain MR, axial", attributes: ["contrast", "level"], channels: 1, nullClass: 11, guidance: 3.0),
        Trained(name: "tissue64", modality: "histopathology (H&E)", attributes: ["tissue"], channels: 3, nullClass: 3, guidance: 1.5),
    ]

    /// Each model that Phantom has trained says how, and is what `train.json` beside it describes.
    @Test(arguments: trained) func saysHowItWasTrained(_ model: Trained) throws {
        let path = Places.root + "/Models/" + model.name, folder = try ModelFolder(path: path)
        #expect(folder.warnings == [] && folder.lint() == [])
        let manifest = try #require(folder.manifest), training = try #require(manifest.training)
        #expect(manifest.name == model.name && manifest.modality == model.modality)
        #expect(manifest.attributes.map(\.name) == model.attributes && manifest.nullClass == model.nullClass)
        #expect(manifest.channels == model.channels && manifest.licence != nil && manifest.trainingData != nil)
        #expect(manifest.rowCount == model.nullClass)
        #expect(manifest.sampling == ["sampler": "heun", "steps": 18, "guidance": model.guidance])
        let settings = try Places.read(path + "/train.json")
        #expect(Digest(of: settings) == training.settings)
        #expect(try Places.read(path + "/unet/diffusion_pytorch_model.safetensors").count < 8_000_000)
        let weights = try folder.weights.floats("conv_in.bias", shape: [32])
        #expect(weights.map { Float(Float16($0)) } == weights)
    }
}
