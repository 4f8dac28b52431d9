/// One network evaluation for one image: what goes into the network.
public struct UNetRow: Sendable {
    /// [inChannels, height, width], torch's order.
    public var sample: [Float]
    /// The model's own time scale: 0 to T - 1 for discrete schedules, sigma for Fourier embeddings. Need not be whole.
    public var timestep: Float
    /// Rows of the class table whose sum is the condition; for models with a class table, at least one.
    public var classRows: [Int]
    /// What each of them is multiplied by; nil for 1. Training tells a network so how an image was augmented.
    var classCoefficients: [Float]?
    /// For models whose class label is embedded as a timestep is.
    public var classValue: Float?
    /// For models that take the class vector itself, [timeEmbeddingDim].
    public var classVector: [Float]?

    public init(
        sample: [Float], timestep: Float, classRows: [Int] = [], classValue: Float? = nil, classVector: [Float]? = nil
    ) {
        (self.sample, self.timestep, self.classRows) = (sample, timestep, classRows)
        (self.classValue, self.classVector) = (classValue, classVector)
    }

    /// One for each of `classRows`.
    var coefficients: [Float] { classCoefficients ?? Array(repeating: 1, count: classRows.count) }
}

/// An evaluation that cannot be made.
public enum UNetError: Error, Equatable, CustomStringConvertible {
    case noRows
    case size(height: Int, width: Int, multiple: Int)
    case sample(index: Int, expected: Int, got: Int)
    case timestep(index: Int, Float)
    case condition(expected: String, got: String)

    public var description: String {
        switch self {
        case .noRows: "expected at least one row to evaluate, got none"
        case .size(let height, let width, let multiple):
            "height and width: expected positive multiples of \(multiple), got \(height) x \(width)"
        case .sample(let index, let expected, let got):
            "sample of row \(index): expected \(expected) values, got \(got)"
        case .timestep(let index, let value):
            "timestep of row \(index): expected a time the model has an embedding for, got \(value)"
        case .condition(let expected, let got): "condition: expected \(expected), got \(got)"
        }
    }
}
