/// One row of floats per image that is added to (or modulates) every pixel: a part of an activation of height 1, the
/// batch lying along its width, as linear layers over a batch write it.
public struct ChannelBias {
    /// What the rows are a part of.
    let rows: Activation
    let start: Int, count: Int

    /// The `count` floats from `start` on of each row of `rows`.
    public init(_ rows: Activation, start: Int, count: Int) {
        (self.rows, self.start, self.count) = (rows, start, count)
    }

    func row(_ n: Int) -> FloatView { row(n, of: rows) }

    /// The same part of image `n` in another activation like it: of its gradient.
    func row(_ n: Int, of rows: Activation) -> FloatView { rows.values.slice(n * rows.pitch + start, count) }
}
