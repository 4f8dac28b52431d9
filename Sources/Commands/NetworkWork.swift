import Checkpoints
import JSON
import Networks

/// What one evaluation of a model's network takes, at the size the model was made for.
struct NetworkWork {
    let height: Int, width: Int
    /// Multiply-adds, counted as direct convolutions.
    let multiplyAdds: Int
    /// Activations and scratch of one image on one thread; the weights come on top.
    let activationBytes: Int
    /// The weights as Float32.
    let weightBytes: Int

    /// Builds the network, so that every weight is held against the architecture.
    /// - Throws: what stands in the way: `JSONMismatch`, `CheckpointError`, `UNetError`.
    init(folder: ModelFolder) throws {
        let unet = try UNet(folder: folder)
        // 64 is this project's own size; a config without one leaves the choice to the caller.
        let size = unet.configuration.sampleSize ?? (64, 64)
        guard (1...4096).contains(size.height), (1...4096).contains(size.width) else {
            throw CheckpointError(
                path: folder.path, item: "sample_size", expected: "1 to 4096 pixels a side",
                got: "\(size.height) x \(size.width)")
        }
        (height, width) = size
        let cost = try unet.cost(batch: 1, height: height, width: width, threads: 1)
        (multiplyAdds, activationBytes) = (cost.multiplyAdds, cost.bytes)
        weightBytes = unet.parameterCount * MemoryLayout<Float>.stride
    }

    var json: JSONObject {
        [
            "height": .integer(height), "width": .integer(width), "multiply_adds": .integer(multiplyAdds),
            "activation_bytes": .integer(activationBytes), "weight_bytes": .integer(weightBytes),
        ]
    }
}
