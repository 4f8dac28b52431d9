/// The values of a volume between which grey lies: quantiles of its voxels that are not zero.
struct VolumeWindow: Sendable, Equatable {
    let low: Float
    let high: Float

    /// - Parameter quantiles: of the voxels that are not zero, 0 ... 1.
    /// - Returns: nil where they enclose nothing (a constant volume), or more than a number of 32 bits holds.
    init?(_ voxels: [Float], quantiles: ClosedRange<Double>) {
        var ordered = OrderedValues(voxels)
        guard ordered.count > 0 else { return nil }
        let top = Double(ordered.count - 1)
        low = ordered.value(at: quantiles.lowerBound * top)
        high = ordered.value(at: quantiles.upperBound * top)
        guard low < high, (high - low).isFinite else { return nil }
    }

    /// The value as a sample of 16 bits.
    func sample(_ value: Float) -> UInt16 {
        UInt16((min(max((value - low) / (high - low), 0), 1) * 65535).rounded(.toNearestOrEven))
    }

    /// Above this share of the window a voxel is foreground.
    static let foreground: Float = 0.1

    func isForeground(_ value: Float) -> Bool { value > low + Self.foreground * (high - low) }
}

/// Finite values that are not zero, of which single ones are found by their rank without sorting them: first among the
/// upper 16 bits of their order, then among the lower.
struct OrderedValues {
    private let keys: [UInt32]
    private let counts: [Int]
    var count: Int { keys.count }

    init(_ values: [Float]) {
        var keys: [UInt32] = []
        keys.reserveCapacity(values.count)
        var counts = [Int](repeating: 0, count: 1 << 16)
        for value in values where value != 0 {
            let bits = value.bitPattern
            // Negative numbers in reverse, before the positive ones.
            let key = bits >> 31 == 1 ? ~bits : bits | 0x8000_0000
            keys.append(key)
            counts[Int(key >> 16)] += 1
        }
        (self.keys, self.counts) = (keys, counts)
    }

    /// The value at a rank between 0 and `count - 1`, between two ranks in proportion, as NumPy's `percentile` has it.
    mutating func value(at rank: Double) -> Float {
        let below = Int(rank.rounded(.down))
        let low = value(rank: below), high = value(rank: min(below + 1, count - 1))
        return Float(Double(low) + (Double(high) - Double(low)) * (rank - Double(below)))
    }

    private func value(rank: Int) -> Float {
        var before = 0, upper = 0
        while before + counts[upper] <= rank {
            before += counts[upper]
            upper += 1
        }
        var lower = [Int](repeating: 0, count: 1 << 16)
        for key in keys where Int(key >> 16) == upper { lower[Int(key & 0xFFFF)] += 1 }
        var last = 0
        while before + lower[last] <= rank {
            before += lower[last]
            last += 1
        }
        let key = UInt32(upper) << 16 | UInt32(last)
        return Float(bitPattern: key >> 31 == 1 ? key & 0x7FFF_FFFF : ~key)
    }
}
