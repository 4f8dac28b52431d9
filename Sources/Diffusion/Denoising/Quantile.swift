/// A quantile without sorting: magnitudes of floats are ordered as their bit patterns are.
package enum Quantile {
    /// `torch.quantile(abs(values), ratio)`, linear interpolation, float32. `values` is not empty, `ratio` in 0...1.
    package static func ofMagnitudes(_ values: [Float], _ ratio: Float) -> Float {
        let rank = ratio * Float(values.count - 1)
        let below = min(Int(rank), values.count - 1)
        let weight = rank - Float(below)
        let low = magnitude(ofRank: below, in: values)
        guard weight > 0, below + 1 < values.count else { return low }
        let high = magnitude(ofRank: below + 1, in: values)
        // torch.lerp takes the end that is nearer.
        return weight < 0.5 ? low + weight * (high - low) : high - (high - low) * (1 - weight)
    }

    /// Radix selection: eleven bits at a time from the top, keeping only the values that share them.
    private static func magnitude(ofRank rank: Int, in values: [Float]) -> Float {
        var rank = rank
        var prefix: UInt32 = 0
        var mask: UInt32 = 0
        for (shift, bits) in [(20, 11), (9, 11), (0, 9)] as [(UInt32, Int)] {
            var counts = [Int](repeating: 0, count: 1 << bits)
            for value in values {
                let pattern = value.magnitude.bitPattern
                if pattern & mask == prefix { counts[Int(pattern >> shift) & (1 << bits - 1)] += 1 }
            }
            var bucket = 0
            while rank >= counts[bucket] {
                rank -= counts[bucket]
                bucket += 1
            }
            prefix |= UInt32(bucket) << shift
            mask |= UInt32(1 << bits - 1) << shift
        }
        return Float(bitPattern: prefix)
    }
}
