import Dispatch

/// A 3x3 kernel's weights for Winograd's domain, U = G g G^T for every pair of channels (Lavin & Gray 2016, section 4).
///
/// They are transformed once at load, as one packed matrix for each of the (output + 2)^2 products, or kept as they are and
/// transformed at each use, when tiles are so few that reading nine floats is quicker than reading 36. The arithmetic is the
/// same, so the bits are.
struct WinogradWeights: Sendable {
    enum Storage: Sendable {
        /// [product][panel of 16 outputs][input channel][16].
        case transformed(FloatBuffer)
        case untransformed(PackedWeights)
    }

    let storage: Storage
    /// Outputs per tile and side: 6, 4 or 2.
    let output: Int
    /// Input channels in the band, padded source by source; output channels, padded.
    let depth: Int, columns: Int

    var products: Int { (output + 2) * (output + 2) }

    /// - Parameters:
    ///   - packed: of a 3x3 kernel, by channel.
    ///   - isTransformed: whether to transform now.
    init(_ packed: PackedWeights, output: Int, isTransformed: Bool) {
        self.output = output
        depth = packed.depth / 3
        columns = packed.columns
        let products = (output + 2) * (output + 2)
        guard isTransformed else {
            storage = .untransformed(packed)
            return
        }
        let buffer = FloatBuffer(count: products * columns * depth), kernels = Kernels(tier: .best)
        let plane = (depth + 1) * lanes  // not a power of two: planes do not share cache sets
        let (depth, columns) = (depth, columns), whole = buffer.view
        DispatchQueue.concurrentPerform(iterations: columns / lanes) { index in
            let panel = FloatBuffer(count: products * plane)
            kernels.winogradWeights(packed.panel(index), depth: depth, output: output, into: panel.view, plane: plane)
            for product in 0..<products {
                whole.slice((product * columns + index * lanes) * depth, depth * lanes)
                    .copy(from: panel.view.slice(product * plane, depth * lanes))
            }
        }
        storage = .transformed(buffer)
    }
}
