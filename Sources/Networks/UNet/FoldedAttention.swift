import Dispatch

/// The projections of one head as wide as its block, folded into two. (W_q x_i + b_q) . (W_k x_j + b_k) is
/// (W_k^T W_q x_i + W_k^T b_q) . x_j and something that is the same for every j, which softmax does not see; and
/// weights that sum to one let W_o and b_o act on W_v and b_v before they are known. So keys and values are the pixels
/// themselves, and of four products of channels by channels two are left.
struct FoldedAttention {
    /// [channels, channels] and [channels]: of the queries that meet the pixels as they are.
    let queryWeight: [Float], queryBias: [Float]
    /// [channels, channels] and [channels]: of the pixels' weighted means.
    let outWeight: [Float], outBias: [Float]

    /// A linear layer: `weight` [out, in], `bias` [out].
    struct Linear {
        let weight: [Float], bias: [Float]
    }

    /// Multiplied in double precision, each sum in one order, so that the bits are the same on every machine.
    /// - Parameters:
    ///   - query, key, value: [inner, channels].
    ///   - out: [channels, inner].
    init(query: Linear, key: Linear, value: Linear, out: Linear, channels: Int) {
        let inner = query.bias.count
        let turnedKey = (0..<channels).flatMap { c in (0..<inner).map { key.weight[$0 * channels + c] } }
        queryWeight = Self.product(turnedKey, query.weight, inner: inner, columns: channels)
        queryBias = Self.product(turnedKey, query.bias, inner: inner, columns: 1)
        outWeight = Self.product(out.weight, value.weight, inner: inner, columns: channels)
        outBias = zip(Self.product(out.weight, value.bias, inner: inner, columns: 1), out.bias).map(+)
    }

    /// a [rows, inner] times b [inner, columns].
    private static func product(_ a: [Float], _ b: [Float], inner: Int, columns: Int) -> [Float] {
        let rows = a.count / inner
        var product = [Float](repeating: 0, count: rows * columns)
        unsafe product.withUnsafeMutableBufferPointer { whole in
            nonisolated(unsafe) let target = unsafe whole  // rows are written by one thread each
            DispatchQueue.concurrentPerform(iterations: rows) { row in
                var sums = [Double](repeating: 0, count: columns)
                for k in 0..<inner {
                    let factor = Double(a[row * inner + k])
                    for column in 0..<columns { sums[column] += factor * Double(b[k * columns + column]) }
                }
                for column in 0..<columns { unsafe target[row * columns + column] = Float(sums[column]) }
            }
        }
        return product
    }
}
