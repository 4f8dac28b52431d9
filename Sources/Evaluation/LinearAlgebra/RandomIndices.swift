import Numbers

/// Random whole numbers of one purpose of an evaluation: each depends on seed, stream and its own place alone.
struct RandomIndices: Sendable {
    let seed: UInt64
    /// What the numbers are for; two streams share none.
    let stream: UInt32

    /// The last word of the counters of an evaluation, so that they meet none of `NoiseKey`, whose draws are few.
    private static let domain: UInt32 = 0xE7A1_0000

    /// A number in 0..<bound, all as likely but for 2^-32.
    func draw(_ place: Int, of replicate: Int, below bound: Int) -> Int {
        let words = Philox.block(
            counter: SIMD4(
                UInt32(truncatingIfNeeded: place / 4), UInt32(truncatingIfNeeded: replicate), stream, Self.domain),
            key: seed)
        return Int((UInt64(words[place % 4]) &* UInt64(bound)) >> 32)
    }

    /// 0..<count in a random order (Fisher and Yates).
    func permutation(_ count: Int, replicate: Int = 0) -> [Int] {
        var order = Array(0..<count)
        for place in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(place, draw(place, of: replicate, below: place + 1))
        }
        return order
    }
}

extension MersenneTwister {
    /// 0..<count in the order of `numpy.random.RandomState.permutation`: from the last place down, swapped with one of
    /// those before it, drawn by masking and refusing (numpy/random/src/legacy and `_shuffle_raw`).
    mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        for place in stride(from: count - 1, to: 0, by: -1) {
            let bound = UInt32(place), mask = UInt32.max >> bound.leadingZeroBitCount
            var drawn = next() & mask
            while drawn > bound { drawn = next() & mask }
            order.swapAt(place, Int(drawn))
        }
        return order
    }
}

extension RandomIndices {
    /// Eight standard normal numbers.
    func normals(_ block: Int, of replicate: Int) -> SIMD8<Float> {
        func words(_ place: Int) -> SIMD4<UInt32> {
            Philox.block(
                counter: SIMD4(
                    UInt32(truncatingIfNeeded: place), UInt32(truncatingIfNeeded: replicate), stream, Self.domain),
                key: seed)
        }
        return NormalTransform.normals(words(2 * block), words(2 * block + 1))
    }
}
