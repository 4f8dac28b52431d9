import CBLAS

/// Products and eigenvalues by OpenBLAS and the LAPACK in it, on the calling thread alone: the threads of an evaluation
/// share out calls, not the work of one, so that no bit depends on their number. Bits may differ between machines.
/// All that is `unsafe` in the distances stands here.
extension Matrix {
    /// OpenBLAS told once to start no threads of its own.
    private static let singleThreaded: Void = openblas_set_num_threads(1)

    /// This matrix times the transpose of another of as many columns.
    func timesTransposed(_ other: Matrix) -> Matrix {
        precondition(columns == other.columns, "both factors have rows of one length")
        _ = Self.singleThreaded
        var product = Matrix(rows: rows, columns: other.rows)
        guard columns > 0, rows > 0, other.rows > 0 else { return product }
        unsafe cblas_dgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, blasint(rows), blasint(other.rows), blasint(columns), 1, values,
            blasint(columns), other.values, blasint(other.columns), 0, &product.values, blasint(other.rows))
        return product
    }

    /// This matrix times another that has as many rows as this one columns.
    func times(_ other: Matrix) -> Matrix {
        precondition(columns == other.rows, "the second factor has as many rows as the first columns")
        _ = Self.singleThreaded
        var product = Matrix(rows: rows, columns: other.columns)
        guard columns > 0, rows > 0, other.columns > 0 else { return product }
        unsafe cblas_dgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(rows), blasint(other.columns), blasint(columns), 1,
            values, blasint(columns), other.values, blasint(other.columns), 0, &product.values, blasint(other.columns))
        return product
    }

    /// Adds the transpose of `factor` times `factor` to this square matrix; only the upper triangle is kept up.
    mutating func addGram(of factor: Matrix) {
        precondition(rows == columns && factor.columns == columns, "the Gram matrix has the size of the rows")
        _ = Self.singleThreaded
        guard factor.rows > 0 else { return }
        unsafe cblas_dsyrk(
            CblasRowMajor, CblasUpper, CblasTrans, blasint(columns), blasint(factor.rows), 1, factor.values,
            blasint(columns), 1, &values, blasint(columns))
    }

    /// This matrix times its own transpose; only the upper triangle is filled.
    func gram() -> Matrix {
        _ = Self.singleThreaded
        var product = Matrix(rows: rows, columns: rows)
        guard rows > 0, columns > 0 else { return product }
        unsafe cblas_dsyrk(
            CblasRowMajor, CblasUpper, CblasNoTrans, blasint(rows), blasint(columns), 1, values, blasint(columns), 0,
            &product.values, blasint(rows))
        return product
    }

    /// Eigenvalues in ascending order of a symmetric matrix, of which the upper triangle is read.
    /// - Throws: `EvaluationError` if LAPACK does not converge.
    func eigenvalues() throws(EvaluationError) -> [Double] { try eigen(largest: nil).values }

    /// The largest eigenvalues of a symmetric matrix in ascending order, and their vectors, one a row.
    /// - Throws: `EvaluationError` if LAPACK does not converge.
    func eigenvectors(largest count: Int) throws(EvaluationError) -> (values: [Double], vectors: Matrix) {
        try eigen(largest: count)
    }

    private func eigen(largest count: Int?) throws(EvaluationError) -> (values: [Double], vectors: Matrix) {
        precondition(rows == columns && count.map { (1...rows).contains($0) } ?? true, "eigenvalues of a square matrix")
        _ = Self.singleThreaded
        guard rows > 0 else { return ([], Matrix(rows: 0, columns: 0)) }
        let size = blasint(rows), last = size, first = size - blasint(count ?? rows) + 1
        var (job, range) =
            count == nil
            ? (CChar(UInt8(ascii: "N")), CChar(UInt8(ascii: "A")))
            : (CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "I")))
        // The upper triangle row by row is the lower one column by column.
        var triangle = CChar(UInt8(ascii: "L"))
        var copy = values, found = blasint(0), info = blasint(0)
        var eigenvalues = [Double](repeating: 0, count: rows)
        var vectors = Matrix(rows: count ?? 1, columns: count == nil ? 1 : rows)
        var support = [blasint](repeating: 0, count: 2 * rows)
        let workSize = blasint(40 * rows), integerSize = blasint(12 * rows), stride = blasint(vectors.columns)
        var work = [Double](repeating: 0, count: Int(workSize))
        var integers = [blasint](repeating: 0, count: Int(integerSize))
        let none = 0.0
        unsafe withUnsafePointer(to: size) { n in
            unsafe withUnsafePointer(to: none) { zero in
                unsafe dsyevr_(
                    &job, &range, &triangle, n, &copy, n, zero, zero, [first], [last], zero, &found, &eigenvalues,
                    &vectors.values, [stride], &support, &work, [workSize], &integers, [integerSize], &info, 1, 1, 1)
            }
        }
        guard info == 0, Int(found) == count ?? rows else {
            throw EvaluationError(
                "eigenvalues of a \(rows)x\(rows) matrix", expected: "\(count ?? rows) of them",
                got: "\(found) (dsyevr says \(info))")
        }
        return (Array(eigenvalues.prefix(Int(found))), vectors)
    }

    /// A matrix of as few rows as possible whose transpose times itself is this symmetric matrix, of which the upper
    /// triangle is read: a pivoted Cholesky factor, which a singular matrix has as well.
    func root() -> Matrix {
        _ = Self.singleThreaded
        guard rows > 0 else { return self }
        var triangle = CChar(UInt8(ascii: "L"))
        var factor = values, info = blasint(0), rank = blasint(0)
        var pivots = [blasint](repeating: 0, count: rows), work = [Double](repeating: 0, count: 2 * rows)
        // A negative tolerance is LAPACK's own: rows x epsilon x the largest diagonal value.
        unsafe dpstrf_(
            &triangle, [blasint(rows)], &factor, [blasint(rows)], &pivots, &rank, [-1.0], &work, &info, 1)
        var root = Matrix(rows: Int(rank), columns: rows)
        for row in 0..<Int(rank) {
            for column in row..<rows { root[row, Int(pivots[column]) - 1] = factor[row * rows + column] }
        }
        return root
    }
}
