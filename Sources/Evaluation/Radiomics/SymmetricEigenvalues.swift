/// Eigenvalues of a small symmetric matrix by Jacobi's rotations (Golub and Van Loan, Matrix Computations, 8.5):
/// co-occurrence matrices have at most eleven rows, and their bits shall not hang on LAPACK.
struct SymmetricEigenvalues {
    /// In no order.
    let values: [Double]

    /// - Parameter matrix: `side` rows of `side` values.
    init(_ matrix: [Double], side: Int) {
        var a = matrix
        for _ in 0..<30 {
            var outside = 0.0
            for row in 0..<side {
                for column in 0..<side where row != column {
                    outside += a[row * side + column] * a[row * side + column]
                }
            }
            if outside < 1e-24 { break }
            for p in 0..<side { for q in (p + 1)..<max(side, p + 1) { Self.rotate(&a, side, p, q) } }
        }
        values = (0..<side).map { a[$0 * side + $0] }
    }

    /// Makes the element (p, q) zero.
    private static func rotate(_ a: inout [Double], _ side: Int, _ p: Int, _ q: Int) {
        let element = a[p * side + q]
        guard element != 0 else { return }
        let tau = (a[q * side + q] - a[p * side + p]) / (2 * element)
        let tangent = (tau >= 0 ? 1.0 : -1.0) / (abs(tau) + (1 + tau * tau).squareRoot())
        let cosine = 1 / (1 + tangent * tangent).squareRoot(), sine = tangent * cosine
        for k in 0..<side {
            let (first, second) = (a[k * side + p], a[k * side + q])
            a[k * side + p] = cosine * first - sine * second
            a[k * side + q] = sine * first + cosine * second
        }
        for k in 0..<side {
            let (first, second) = (a[p * side + k], a[q * side + k])
            a[p * side + k] = cosine * first - sine * second
            a[q * side + k] = sine * first + cosine * second
        }
    }
}
