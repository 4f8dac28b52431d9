/// A 3x3 kernel's weights in Winograd's domain, U = G g G^T for every pair of channels, one packed matrix for each of the
/// (output + 2)^2 products: [product][panel of 16 outputs][input channel][16].
///
/// Transformed in double precision and rounded once (Lavin & Gray 2016, section 4).
final class WinogradWeights: Sendable {
    let buffer: FloatBuffer
    /// Outputs per tile and side: 4 or 2.
    let output: Int
    /// Input channels in the band, padded source by source; output channels, padded.
    let depth: Int, columns: Int

    var products: Int { (output + 2) * (output + 2) }

    /// - Parameters:
    ///   - weight: [out, in, 3, 3] in torch's order, `in` being the sum of `sources`.
    init(weight: [Float], out: Int, sources: [Int], output: Int) {
        self.output = output
        depth = sources.reduce(0) { $0 + padded($1) }
        columns = padded(out)
        let inputs = sources.reduce(0, +), side = output + 2
        precondition(weight.count == out * inputs * 9)
        let positions = PackedWeights.positions(sources)
        let transform = Self.transform(output)
        buffer = FloatBuffer(count: side * side * columns * depth)
        let plane = columns * depth
        buffer.view.withSpan { packed in
            var half = [Double](repeating: 0, count: side * 3)
            for o in 0..<out {
                for i in 0..<inputs {
                    let source = (o * inputs + i) * 9
                    for r in 0..<side {
                        for x in 0..<3 {
                            var sum = 0.0
                            for y in 0..<3 { sum += transform[r * 3 + y] * Double(weight[source + y * 3 + x]) }
                            half[r * 3 + x] = sum
                        }
                    }
                    let target = (o / lanes * depth + positions[i]) * lanes + o % lanes
                    for r in 0..<side {
                        for c in 0..<side {
                            var sum = 0.0
                            for x in 0..<3 { sum += half[r * 3 + x] * transform[c * 3 + x] }
                            packed[(r * side + c) * plane + target] = Float(sum)
                        }
                    }
                }
            }
        }
    }

    /// G, [output + 2, 3].
    private static func transform(_ output: Int) -> [Double] {
        if output == 2 { return [1, 0, 0, 0.5, 0.5, 0.5, 0.5, -0.5, 0.5, 0, 0, 1] }
        return [
            1 / 4, 0, 0, -1 / 6, -1 / 6, -1 / 6, -1 / 6, 1 / 6, -1 / 6, 1 / 24, 1 / 12, 1 / 6, 1 / 24, -1 / 12, 1 / 6, 0, 0, 1,
        ]
    }
}
