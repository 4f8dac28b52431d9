import Dispatch

/// A 3x3 kernel's weights for Winograd's domain, U = G g G^T for every pair of channels (Lavin & Gray 2016, section 4).
///
/// They are transformed once at load, as one packed matrix for each of the (output + 2)^2 products, or kept as they are and
/// transformed at each use, when tiles are so few that reading nine floats is quicker than reading 36 or 64, or both. The arithmetic
/// is the same, so the bits are.
struct WinogradWeights: Sendable {
    /// What is kept; at least one of them.
    struct Forms: OptionSet, Sendable {
        let rawValue: Int
        static let transformed = Forms(rawValue: 1), untransformed = Forms(rawValue: 2)
    }

    /// [product][panel of 16 outputs][input channel][16].
    let transformed: FloatBuffer?
    let untransformed: PackedWeights?
    /// Outputs per tile and side: 6, 4 or 2.
    let output: Int
    /// Input channels in the band, padded source by source; output channels, padded.
    let depth: Int, columns: Int

    var products: Int { (output + 2) * (output + 2) }

    /// - Parameters:
    ///   - packed: of a 3x3 kernel, by channel.
    ///   - forms: what to keep.
    init(_ packed: PackedWeights, output: Int, forms: Forms) {
        self.output = output
        depth = packed.depth / 3
        columns = packed.columns
        untransformed = forms.contains(.untransformed) ? packed : nil
        guard forms.contains(.transformed) else {
            transformed = nil
            return
        }
        let points = output + 2, pairs = Self.pairs(output), kernels = Kernels(tier: .best), (depth, columns) = (depth, columns)
        let buffer = FloatBuffer(count: points * points * columns * depth), whole = buffer.view
        DispatchQueue.concurrentPerform(iterations: columns / lanes) { index in
            for pair in pairs {
                let first = (pair.first * points * columns + index * lanes) * depth
                kernels.winogradWeights(
                    packed.panels(index * lanes..<(index + 1) * lanes), depth: depth, pair, into: whole.from(first), plane: columns * depth,
                    second: (pair.second - pair.first) * points * columns * depth)
            }
        }
        transformed = buffer
    }

    /// Two points of the rows whose planes are made together: they share most of their arithmetic.
    struct Pair {
        /// The output of the layer's largest tile, 6, 4 or 2.
        let output: Int
        let index: Int
        let first: Int, second: Int
    }

    /// 0 and infinity, 1 and -1, 2 and -2, 1/2 and -1/2, as far as the tiles have them.
    static func pairs(_ output: Int) -> [Pair] {
        (0..<(output + 2) / 2).map { index in
            let first = [0, 1, 3, 6][index]
            return Pair(output: output, index: index, first: first, second: index > 0 ? first + 1 : output == 2 ? 3 : 5)
        }
    }
}
