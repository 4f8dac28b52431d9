import CBLAS

extension Kernels.MatrixProduct {
    /// The same product by gathered columns and OpenBLAS: the oracle the packed kernel is held against, in tests and in
    /// `phantom forward --reference`. Its bits may differ between machines.
    /// - Parameter columns: scratch of at least rows * segments * depth floats.
    func multiplyWithBLAS(columns gathered: FloatView) {
        let length = segments * depth
        precondition(gathered.count >= rows * length)
        for m in 0..<rows {
            for s in 0..<segments {
                gathered.slice(m * length + s * depth, depth).copy(from: a.slice(m * aStride + s * aSegment, depth))
            }
        }
        for panel in 0..<columns / lanes {
            let packed = b.slice(panel * length * lanes, length * lanes)
            let result = c.from(panel * lanes)
            let scaled = scale
            // The residual may be the result's own memory: it is read before the product overwrites it.
            let added = (0..<rows).map { m in (0..<lanes).map { addend(row: m, column: panel * lanes + $0) } }
            unsafe cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(rows), blasint(lanes), blasint(length),
                1, gathered.base, blasint(length), packed.base, blasint(lanes), 0, result.base, blasint(cStride))
            for m in 0..<rows {
                for j in 0..<lanes { result[m * cStride + j] = (result[m * cStride + j] + added[m][j]) * scaled }
            }
        }
    }

    private func addend(row: Int, column: Int) -> Float {
        (bias?[column] ?? 0) + (residual?[row * residualStride + column] ?? 0)
    }
}
