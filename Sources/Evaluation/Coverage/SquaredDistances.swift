/// Squared Euclidean distances between the rows of two tables, made block by block.
struct SquaredDistances: Sendable {
    let first: FeatureTable
    let second: FeatureTable
    private let firstNorms: [Double]
    private let secondNorms: [Double]

    /// Rows of a block; a block is made of so many at most on either side.
    static let blockRows = 256
    static let blockColumns = 512

    /// - Throws: `EvaluationError` where rows cannot be read.
    init(_ first: FeatureTable, _ second: FeatureTable) throws(EvaluationError) {
        self.first = first
        self.second = second
        func norms(_ table: FeatureTable) throws(EvaluationError) -> [Double] {
            try (0..<table.count).map { row throws(EvaluationError) in
                try table[row].reduce(0) { $0 + Double($1) * Double($1) }
            }
        }
        firstNorms = try norms(first)
        secondNorms = try norms(second)
    }

    /// |x|^2 + |y|^2 - 2 x.y; 0 where the difference is within rounding of its terms, so that equal rows are at 0.
    func block(_ rows: Range<Int>, _ columns: Range<Int>) throws(EvaluationError) -> Matrix {
        var block = try Matrix(first, rows: rows).timesTransposed(Matrix(second, rows: columns))
        for row in rows {
            let base = (row - rows.lowerBound) * columns.count
            for column in columns {
                let place = base + column - columns.lowerBound, terms = firstNorms[row] + secondNorms[column]
                let square = terms - 2 * block.values[place]
                block.values[place] = square > terms * 0x1p-46 ? square : 0
            }
        }
        return block
    }

    /// The ranges that blocks of rows, or of columns, are made of.
    static func ranges(_ count: Int, by size: Int) -> [Range<Int>] {
        stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
    }
}
