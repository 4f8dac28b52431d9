/// Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC
/// 2011): a keyed bijection of 128-bit counters. Nothing is carried from one draw to the next, so any number can be had
/// without its predecessors and the order of drawing cannot change a bit.
public enum Philox {
    /// The four words that belong to a counter.
    ///
    /// - Parameters:
    ///   - counter: four words, the first varying fastest in our use.
    ///   - key: 64 bits; the low half is the first key word of the paper.
    @inlinable
    public static func block(counter: SIMD4<UInt32>, key: UInt64) -> SIMD4<UInt32> {
        var (c0, c1, c2, c3) = (counter[0], counter[1], counter[2], counter[3])
        var k0 = UInt32(truncatingIfNeeded: key)
        var k1 = UInt32(truncatingIfNeeded: key >> 32)
        for _ in 0..<10 {
            // Two 32x32 -> 64 bit products, crossed with the other words and the key (section 3.3);
            // the multipliers, and the Weyl steps of the key below, are the paper's.
            let product0 = UInt64(c0) &* 0xD251_1F53
            let product1 = UInt64(c2) &* 0xCD9E_8D57
            c0 = UInt32(truncatingIfNeeded: product1 >> 32) ^ c1 ^ k0
            c1 = UInt32(truncatingIfNeeded: product1)
            c2 = UInt32(truncatingIfNeeded: product0 >> 32) ^ c3 ^ k1
            c3 = UInt32(truncatingIfNeeded: product0)
            k0 &+= 0x9E37_79B9
            k1 &+= 0xBB67_AE85
        }
        return SIMD4(c0, c1, c2, c3)
    }
}

/// Where a block of noise stands: which image, for what, when. Two different keys never share a number.
public struct NoiseKey: Sendable, Hashable {
    /// What the noise is for. The raw values are part of the arithmetic: never renumber them.
    public enum Purpose: UInt32, Sendable {
        /// The first latent, x_T.
        case initial = 0
        /// Fresh noise of a sampler's step.
        case step = 1
        /// The known part of an image brought to a noise level (inpainting).
        case known = 2
        /// A move back up the schedule (resampling).
        case forward = 3
        /// Training: the noise added to a clean image.
        case training = 4
        /// Training: the values that a parameter begins with.
        case weights = 5
        /// Training: the noise added to an image that is looked at in validation.
        case validation = 6
        /// Training: where in its slice of probability the time of an image lies.
        case trainingTime = 7
        /// Training: the order of the images in an epoch.
        case trainingOrder = 8
        /// Training: whether an image loses its labels.
        case trainingLabels = 9
        /// Training: how an image is warped.
        case trainingWarp = 10
        /// Training: the key of an image's dropout.
        case trainingDropout = 11
    }

    public var seed: UInt64
    public var purpose: Purpose
    /// The sampler's step, from 0.
    public var step: UInt32
    /// Which draw it is when one step needs several of one purpose.
    public var draw: UInt32

    public init(seed: UInt64, purpose: Purpose, step: UInt32 = 0, draw: UInt32 = 0) {
        self.seed = seed
        self.purpose = purpose
        self.step = step
        self.draw = draw
    }

    /// Standard normal numbers; element e depends on the key and e alone.
    ///
    /// The counter of element e is (e / 4, step, purpose, draw); its four words make two Box-Muller pairs.
    /// `count` is at most 2^34.
    public func normals(count: Int) -> [Float] {
        var values = [Float](repeating: 0, count: count)
        let whole = count / 8
        for place in 0..<whole {
            let eight = normals(blocks: 2 * place)
            for lane in 0..<8 { values[8 * place + lane] = eight[lane] }
        }
        if count > 8 * whole {
            let eight = normals(blocks: 2 * whole)
            for lane in 0..<(count - 8 * whole) { values[8 * whole + lane] = eight[lane] }
        }
        return values
    }

    /// The four words of a block, before anything is made of them.
    public func words(block: Int = 0) -> SIMD4<UInt32> { Philox.block(counter: counter(block), key: seed) }

    /// The eight numbers of a block and the next one.
    private func normals(blocks first: Int) -> SIMD8<Float> {
        NormalTransform.normals(
            Philox.block(counter: counter(first), key: seed), Philox.block(counter: counter(first + 1), key: seed))
    }

    private func counter(_ block: Int) -> SIMD4<UInt32> {
        SIMD4(UInt32(truncatingIfNeeded: block), step, purpose.rawValue, draw)
    }
}
