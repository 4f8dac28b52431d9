/// A matrix of doubles, stored row by row.
struct Matrix: Sendable, Equatable {
    let rows: Int
    let columns: Int
    var values: [Double]

    /// A matrix of zeros.
    init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        values = [Double](repeating: 0, count: rows * columns)
    }

    /// - Parameter values: `rows` x `columns` of them, row by row.
    init(rows: Int, columns: Int, values: [Double]) {
        precondition(values.count == rows * columns, "a matrix has rows x columns values")
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    subscript(row: Int, column: Int) -> Double {
        get { values[row * columns + column] }
        set { values[row * columns + column] = newValue }
    }

    /// The sum of the squares of all values: the trace of the matrix times its transpose.
    var squaredNorm: Double { values.reduce(0) { $0 + $1 * $1 } }

    /// The values of one row.
    func row(_ index: Int) -> ArraySlice<Double> { values[index * columns..<(index + 1) * columns] }

    /// The rows of a table as doubles.
    /// - Throws: `EvaluationError` where they cannot be read.
    init(_ table: FeatureTable, rows range: Range<Int>) throws(EvaluationError) {
        let values = try table.values(range)
        self.init(rows: range.count, columns: table.dimension, values: values.map(Double.init))
    }
}

extension Matrix {
    /// Rows of one length, one below the other.
    init(stacking rows: [[Double]]) {
        self.init(rows: rows.count, columns: rows.first?.count ?? 0, values: rows.flatMap { $0 })
    }
}
