/// The functions that noise needs, on four arguments at once: lane by lane the operations of the scalar functions, in
/// their order. `NoiseTests` holds the two against each other.
extension ElementaryFunctions {
    @inlinable
    static func bits(_ x: SIMD4<Double>) -> SIMD4<UInt64> {
        SIMD4(x[0].bitPattern, x[1].bitPattern, x[2].bitPattern, x[3].bitPattern)
    }

    @inlinable
    static func doubles(_ bits: SIMD4<UInt64>) -> SIMD4<Double> {
        SIMD4(
            Double(bitPattern: bits[0]), Double(bitPattern: bits[1]), Double(bitPattern: bits[2]),
            Double(bitPattern: bits[3]))
    }

    /// log of normal numbers in (0, 1).
    @inlinable
    static func logOfUniform(_ x: SIMD4<Double>) -> SIMD4<Double> {
        let pattern = bits(x)
        // k + 1024 in place of k keeps the shift unsigned.
        let biased = (pattern &- 0x3fe6_a09e_667f_3bcd &+ (1024 << 52)) &>> 52
        let n = doubles(biased | 0x4330_0000_0000_0000) - (0x1p52 + 1024)
        let f = doubles(pattern &- ((biased &- 1024) &<< 52)) - 1
        let s = f / (2 + f)
        let halfSquare = 0.5 * f * f
        let series = logarithmSeries(s * s)
        return n * ln2High - ((halfSquare - (s * (halfSquare + series) + n * ln2Low)) - f)
    }

    @inlinable
    static func logarithmSeries(_ z: SIMD4<Double>) -> SIMD4<Double> {
        let w = z * z
        var odd = w * (2.0 / 21) + 2.0 / 17
        odd = odd * w + 2.0 / 13
        odd = odd * w + 2.0 / 9
        odd = odd * w + 2.0 / 5
        var even = w * (2.0 / 19) + 2.0 / 15
        even = even * w + 2.0 / 11
        even = even * w + 2.0 / 7
        even = even * w + 2.0 / 3
        return (odd * z + even) * z
    }

    /// Sines and cosines of 2 pi word / 2^32.
    @inlinable
    static func sinCosOfTurn(_ words: SIMD4<UInt32>) -> (sine: SIMD4<Double>, cosine: SIMD4<Double>) {
        let quadrant = (words &+ 0x2000_0000) &>> 30
        let rest = words &- (quadrant &<< 30)
        // A signed number, moved up by 2^31 to make it unsigned.
        let y = (NormalTransform.exactDoubles(rest &+ 0x8000_0000) - 0x1p31) * 0x1.921fb54442d18p-30
        let s = sineKernel(y)
        let c = cosineKernel(y)
        let wide = SIMD4<UInt64>(truncatingIfNeeded: quadrant)
        let crossed = (wide & 1) .== 1
        // The sine is negative in quadrants 2 and 3, the cosine in 1 and 2: bit 1 moved to the sign.
        let sine = bits(s.replacing(with: c, where: crossed)) ^ ((wide & 2) &<< 62)
        let cosine = bits(c.replacing(with: s, where: crossed)) ^ (((wide &+ 1) & 2) &<< 62)
        return (doubles(sine), doubles(cosine))
    }

    @inlinable
    static func sineKernel(_ y: SIMD4<Double>) -> SIMD4<Double> {
        let z = y * y
        let w = z * z
        var even = w * (1.0 / 355687428096000) + 1.0 / 6227020800
        even = even * w + 1.0 / 362880
        even = even * w + 1.0 / 120
        var odd = w * (-1.0 / 1307674368000) - 1.0 / 39916800
        odd = odd * w - 1.0 / 5040
        let p = odd * z + even
        let cube = z * y
        return y - (z * (-(cube * p)) + cube * (1.0 / 6))
    }

    @inlinable
    static func cosineKernel(_ y: SIMD4<Double>) -> SIMD4<Double> {
        let z = y * y
        let v = z * z
        var odd = v * (-1.0 / 6402373705728000) - 1.0 / 87178291200
        odd = odd * v - 1.0 / 3628800
        odd = odd * v - 1.0 / 720
        var even = v * (1.0 / 20922789888000) + 1.0 / 479001600
        even = even * v + 1.0 / 40320
        even = even * v + 1.0 / 24
        let p = odd * z + even
        let half = 0.5 * z
        let w = 1 - half
        return w + (((1 - w) - half) + z * (z * p))
    }
}
