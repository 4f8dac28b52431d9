/// Mean and covariance of a set of feature vectors, the covariance by a root of it.
struct SampleMoments: Sendable {
    let mean: [Double]
    /// A matrix R with R^T R the unbiased covariance: the centred rows themselves where they are fewer than the
    /// dimensions, else a pivoted Cholesky factor. A singular covariance has one as well.
    let root: Matrix

    private static let blockRows = 512

    /// - Parameters:
    ///   - rows: rows of the table, in this order; all of them by default.
    ///   - weights: how often each of `rows` counts, whole numbers; once by default.
    /// - Throws: `EvaluationError` where rows cannot be read.
    init(_ table: FeatureTable, rows: [Int]? = nil, weights: [Double]? = nil) throws(EvaluationError) {
        let all = rows ?? Array(0..<table.count)
        let taken = zip(all, weights ?? [Double](repeating: 1, count: all.count)).filter { $0.1 > 0 }
        let dimension = table.dimension, total = taken.reduce(0) { $0 + $1.1 }
        var mean = [Double](repeating: 0, count: dimension)
        for (row, weight) in taken {
            for (column, value) in try table[row].enumerated() { mean[column] += weight * Double(value) }
        }
        for column in 0..<dimension { mean[column] /= max(total, 1) }
        func centred(_ range: Range<Int>) throws(EvaluationError) -> Matrix {
            var block = Matrix(rows: range.count, columns: dimension)
            for place in range {
                let (row, weight) = taken[place], scale = (weight / max(total - 1, 1)).squareRoot()
                let base = (place - range.lowerBound) * dimension
                for (column, value) in try table[row].enumerated() {
                    block.values[base + column] = scale * (Double(value) - mean[column])
                }
            }
            return block
        }
        if taken.count <= dimension {
            root = try centred(0..<taken.count)
        } else {
            var covariance = Matrix(rows: dimension, columns: dimension)
            for start in stride(from: 0, to: taken.count, by: Self.blockRows) {
                covariance.addGram(of: try centred(start..<min(start + Self.blockRows, taken.count)))
            }
            root = covariance.root()
        }
        self.mean = mean
    }
}
