import CEfficientNetLite0
import Checkpoints

extension EfficientNetLite0 {
    /// The file that is part of the program (Models/efficientnet-lite0).
    public static var embeddedFile: [UInt8] {
        unsafe [UInt8](
            UnsafeBufferPointer(start: efficientnet_lite0_bytes(), count: efficientnet_lite0_size()))
    }

    /// The network with the weights that are part of the program, trained on ImageNet.
    public static func embedded() throws(CheckpointError) -> EfficientNetLite0 {
        try EfficientNetLite0(
            weights: Weights(safetensors: embeddedFile, origin: "Models/efficientnet-lite0, part of the program"))
    }
}
