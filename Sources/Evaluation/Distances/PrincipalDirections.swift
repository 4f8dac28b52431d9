/// The directions in which a set of feature vectors varies most.
struct PrincipalDirections: Sendable {
    /// One direction a row, orthonormal, the widest last.
    let directions: Matrix
    let mean: [Double]

    /// Directions that are kept at most.
    static let most = 64

    /// - Throws: `EvaluationError` where the features of all images are the same, or LAPACK does not converge.
    init(_ table: FeatureTable) throws(EvaluationError) {
        let moments = try SampleMoments(table), root = moments.root
        mean = moments.mean
        // The covariance R^T R and R R^T share their eigenvalues; a vector u of the latter is R^T u of the former.
        // R has no more rows than columns.
        let gram = root.gram()
        let kept = min(Self.most, gram.rows)
        guard kept > 0 else { throw Self.constant(table) }
        let (values, vectors) = try gram.eigenvectors(largest: kept)
        let largest = values.last ?? 0
        guard largest > 0 else { throw Self.constant(table) }
        let first = values.firstIndex { $0 > largest * Double(gram.rows) * Double.ulpOfOne } ?? 0
        let chosen = Matrix(stacking: (first..<kept).map { Array(vectors.row($0)) })
        var directions = chosen.times(root)
        for row in 0..<directions.rows {
            let values = directions.row(row), length = dot(values, values).squareRoot()
            for column in 0..<directions.columns { directions[row, column] /= length }
        }
        self.directions = directions
    }

    private static func constant(_ table: FeatureTable) -> EvaluationError {
        EvaluationError(
            "features of \(table.extractor)", expected: "rows that differ", got: "\(table.count) equal ones")
    }

    /// The rows of a table along the directions, less the mean of the set that these were made of.
    /// - Throws: `EvaluationError` where they cannot be read.
    func projected(_ table: FeatureTable) throws(EvaluationError) -> Matrix {
        let centre = Matrix(rows: 1, columns: mean.count, values: mean).timesTransposed(directions).values
        var values: [Double] = []
        values.reserveCapacity(table.count * directions.rows)
        for start in stride(from: 0, to: table.count, by: 512) {
            values += try Matrix(table, rows: start..<min(start + 512, table.count)).timesTransposed(directions).values
        }
        for place in values.indices { values[place] -= centre[place % directions.rows] }
        return Matrix(rows: table.count, columns: directions.rows, values: values)
    }
}
