/// The squared Frechet distance of two normal distributions, |m1 - m2|^2 + tr(S1 + S2 - 2 (S1^1/2 S2 S1^1/2)^1/2)
/// (Dowson and Landau, Journal of Multivariate Analysis 12, 1982; Heusel et al., arXiv 1706.08500, equation 6).
enum FrechetDistance {
    /// With roots R of the covariances, S = R^T R, the matrix under the square root has the eigenvalues of the
    /// symmetric (R1 R2^T)(R1 R2^T)^T, which has the size of the smaller root. Those that rounding makes of zero are
    /// taken as zero.
    /// - Throws: `EvaluationError` if LAPACK does not converge.
    static func between(_ first: SampleMoments, _ second: SampleMoments) throws(EvaluationError) -> Double {
        let apart = zip(first.mean, second.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        let crossed =
            first.root.rows <= second.root.rows
            ? first.root.timesTransposed(second.root) : second.root.timesTransposed(first.root)
        let eigenvalues = try crossed.gram().eigenvalues()
        let largest = eigenvalues.last ?? 0
        let nothing = largest * Double(eigenvalues.count) * Double.ulpOfOne
        let common = eigenvalues.reduce(0) { $1 > nothing ? $0 + $1.squareRoot() : $0 }
        // Equal sets come out at rounding, on either side of 0.
        return max(0, apart + first.root.squaredNorm + second.root.squaredNorm - 2 * common)
    }

    /// Floating-point operations of one distance, about.
    static func work(_ counts: (Int, Int), dimension: Int) -> Double {
        let d = Double(dimension)
        let (n, m) = (Double(counts.0), Double(counts.1))
        let (r, s) = (min(n, d), min(m, d)), smaller = min(r, s)
        let covariances = (n > d ? n * d * d + d * d * d / 3 : 0) + (m > d ? m * d * d + d * d * d / 3 : 0)
        return covariances + 2 * r * s * d + smaller * smaller * max(r, s) + 4 * smaller * smaller * smaller
    }
}
