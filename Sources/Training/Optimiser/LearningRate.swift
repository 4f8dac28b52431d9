import Numbers

/// The learning rate of each step: a linear rise, then half a cosine down to a tenth.
public struct LearningRate: Sendable, Equatable {
    /// The highest.
    public var peak: Double
    /// Steps of the rise.
    public var warmup: Int
    /// Steps of the whole run.
    public var steps: Int

    /// What of the peak is left at the end.
    static let floor = 0.1

    public init(peak: Double, warmup: Int, steps: Int) {
        (self.peak, self.warmup, self.steps) = (peak, warmup, steps)
    }

    /// - Parameter step: from 0.
    public func value(step: Int) -> Double {
        let rise = warmup > 0 ? min(1, Double(step + 1) / Double(warmup)) : 1
        let past = min(1, max(0, Double(step - warmup) / Double(max(1, steps - warmup))))
        let cosine = 0.5 * (1 + ElementaryFunctions.cos(Double.pi * past))
        return peak * rise * (Self.floor + (1 - Self.floor) * cosine)
    }
}
