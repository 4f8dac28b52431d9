/// The gradient of rows that were given, one for each image, and the gradients of all parameters, to which their owner
/// adds it: of tables whose rows are looked up.
public struct GradientRows {
    let rows: Activation
    let parameters: FloatView

    /// Adds `factor` times the gradient of row `n` to the parameters' gradients from `start` on.
    public func add(row n: Int, times factor: Float, to start: Int) {
        for c in 0..<rows.channels { parameters[start + c] += rows.values[n * rows.pitch + c] * factor }
    }
}
