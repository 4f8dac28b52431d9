import CKernels

/// The lanes every channel count is padded to in memory (with zeros).
let lanes = Int(CK_LANES)

/// `count` rounded up to a multiple of the lanes.
func padded(_ count: Int) -> Int { (count + lanes - 1) / lanes * lanes }

/// A batch of images in the arena, channels-last: [batch, height, width, pitch] float32, of whose `pitch` floats a
/// pixel the first `channels` count and the rest are zero.
public struct Activation {
    let values: FloatView
    public let batch: Int, height: Int, width: Int, channels: Int

    /// Floats from one pixel to the next.
    let pitch: Int

    /// Per image and image row: mean and sum of squared deviations of every channel, [batch, height, 2, pitch];
    /// gathered while the rows were written. Nil where nobody will norm this.
    let moments: FloatView?

    /// The pixels of image `n` from row `y` on.
    func rows(_ n: Int, from y: Int) -> FloatView { values.from((n * height + y) * width * pitch) }
}
