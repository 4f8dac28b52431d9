/// Learned vectors of a grid of places, brought to another grid as torch's bicubic interpolation does: Keys' cubic with
/// a = -0.75, without widening, and with the edge repeated beyond the grid.
struct PositionEmbeddings {
    /// [rows, columns, width].
    let values: [Float]
    /// Places along each side.
    let side: Int
    let width: Int

    /// The vectors of `count` x `count` places, [rows, columns, width].
    func interpolated(to count: Int) -> [Float] {
        guard count != side else { return values }
        let taps = (0..<count).map { Self.taps($0, from: side, to: count) }
        var result: [Float] = []
        result.reserveCapacity(count * count * width)
        for row in taps {
            for column in taps {
                var sums = [Double](repeating: 0, count: width)
                for (y, down) in row {
                    for (x, across) in column {
                        let start = (y * side + x) * width, weight = down * across
                        for c in 0..<width { sums[c] += weight * Double(values[start + c]) }
                    }
                }
                result += sums.map { Float($0) }
            }
        }
        return result
    }

    /// The four old places that a new one is made of, with their weights.
    private static func taps(_ place: Int, from old: Int, to new: Int) -> [(place: Int, weight: Double)] {
        let center = (Double(place) + 0.5) * Double(old) / Double(new) - 0.5
        let first = center.rounded(.down), offset = center - first
        return (-1...2).map { tap in
            (min(max(Int(first) + tap, 0), old - 1), cubic(abs(offset - Double(tap))))
        }
    }

    private static func cubic(_ x: Double) -> Double {
        let a = -0.75
        if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0
    }
}
