/// A parameter whose rows are looked up: embeddings of classes and timesteps, and frequencies.
public struct ParameterTable: Sendable {
    private let values: FloatBuffer
    /// Floats of a row.
    public let width: Int
    /// Where its gradient begins among those of the whole network, if it is to be trained.
    public let start: Int?

    /// - Parameter values: row after row, of `width` floats each.
    public init(_ values: [Float], width: Int, start: Int? = nil) {
        precondition(width > 0 && values.count % width == 0)
        (self.width, self.start) = (width, start)
        self.values = FloatBuffer(count: values.count)
        if !values.isEmpty { self.values.view.copy(from: values) }
    }

    /// Rows.
    public var count: Int { values.count / width }

    /// Row `index`.
    public subscript(index: Int) -> [Float] { values.view.slice(index * width, width).array }

    /// How its values are filled, if it is to be trained.
    public var fills: [WeightFill] {
        guard let start else { return [] }
        let buffer = values
        return [WeightFill { buffer.view.copy(from: $0.slice(start, buffer.count)) }]
    }
}
