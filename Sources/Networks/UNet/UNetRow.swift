/// One network evaluation for one image: what goes into the network.
public struct UNetRow: Sendable {
    /// [inChannels, height, width], torch's order.
    public var sample: [Float]
    /// The model's own time scale: 0 to T - 1 for discrete schedules, sigma for Fourier embeddings. Need not be whole.
    public var timestep: Float
    /// What the network is told about the class; of the kind that its configuration says.
    public var condition: ClassInput { didSet { classRows = Self.rows(of: condition) } }
    /// The rows of the class table that are summed, and what each is multiplied by; none where the condition is of
    /// another kind.
    private(set) var classRows: [(row: Int, coefficient: Float)]

    public init(sample: [Float], timestep: Float, condition: ClassInput = .none) {
        (self.sample, self.timestep, self.condition) = (sample, timestep, condition)
        classRows = Self.rows(of: condition)
    }

    /// - Parameter classRows: the condition. By coefficients training tells a network how an image was augmented.
    init(sample: [Float], timestep: Float, classRows: [(row: Int, coefficient: Float)]) {
        (self.sample, self.timestep, self.classRows) = (sample, timestep, classRows)
        condition = classRows.isEmpty ? .none : .rows(classRows.map(\.row))
    }

    private static func rows(of condition: ClassInput) -> [(row: Int, coefficient: Float)] {
        guard case .rows(let rows) = condition else { return [] }
        return rows.map { (row: $0, coefficient: 1) }
    }

    /// The number that is embedded as a timestep is; nil where the condition is of another kind.
    var classValue: Float? { if case .value(let value) = condition { value } else { nil } }

    /// The class vector itself; nil where the condition is of another kind.
    var classVector: [Float]? { if case .vector(let vector) = condition { vector } else { nil } }
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
