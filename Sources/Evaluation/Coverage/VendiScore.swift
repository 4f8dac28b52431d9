import Numbers
import Tensors

/// How many images that have nothing in common would be as varied as the set: exp of the entropy of the eigenvalues of
/// its cosine similarities over n (Friedman and Dieng, "The Vendi Score", TMLR 2023, arXiv 2210.02410, equation 3).
enum VendiScore {
    static let replicates = 30
    private static let blockRows = 512

    /// - Parameter weights: how often each row counts; once by default.
    /// - Throws: `EvaluationError` where a row is zero, and so in no direction, or LAPACK does not converge.
    static func value(_ table: FeatureTable, weights: [Double]? = nil) throws -> Double {
        let weights = weights ?? [Double](repeating: 1, count: table.count)
        let rows = weights.indices.filter { weights[$0] > 0 }, total = weights.reduce(0, +)
        func scaled(_ range: Range<Int>) throws -> Matrix {
            var values: [Double] = []
            values.reserveCapacity(range.count * table.dimension)
            for place in range {
                let row = try table[rows[place]].map(Double.init), square = dot(row[...], row[...])
                guard square > 0 else {
                    throw EvaluationError(
                        "features of \(table.extractor), row \(rows[place])", expected: "a direction",
                        got: "a row of zeros")
                }
                let scale = (weights[rows[place]] / total / square).squareRoot()
                values += row.map { $0 * scale }
            }
            return Matrix(rows: range.count, columns: table.dimension, values: values)
        }
        let gram: Matrix
        if rows.count <= table.dimension {
            gram = try scaled(0..<rows.count).gram()
        } else {
            var sum = Matrix(rows: table.dimension, columns: table.dimension)
            for start in stride(from: 0, to: rows.count, by: blockRows) {
                sum.addGram(of: try scaled(start..<min(start + blockRows, rows.count)))
            }
            gram = sum
        }
        let entropy = try gram.eigenvalues().reduce(0) { $1 > 0 ? $0 - $1 * ElementaryFunctions.log($1) : $0 }
        return ElementaryFunctions.exp(entropy)
    }
}
