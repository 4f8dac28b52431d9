/// One row of floats per image that is added to (or modulates) every pixel: a part of an activation of height 1, the
/// batch lying along its width, as linear layers over a batch write it.
public struct ChannelBias {
    let values: FloatView
    let pitch: Int, start: Int, count: Int

    /// The `count` floats from `start` on of each row of `rows`.
    public init(_ rows: Activation, start: Int, count: Int) {
        (values, pitch, self.start, self.count) = (rows.values, rows.pitch, start, count)
    }

    func row(_ n: Int) -> FloatView { values.slice(n * pitch + start, count) }
}
