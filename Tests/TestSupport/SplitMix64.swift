/// SplitMix64 (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", 2014, fig. 18): the same numbers
/// in every run.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    @usableFromInline package var state: UInt64

    @inlinable package init(state: UInt64) { self.state = state }

    @inlinable package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// 0 ..< `bound`, which is at least 1.
    @inlinable package mutating func next(below bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// The finaliser: numbers that differ in one bit become numbers that have nothing in common.
    @inlinable package static func mix(_ word: UInt64) -> UInt64 {
        var z = word
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
