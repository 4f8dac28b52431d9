/// Box-Muller (1958): uniform words to standard normals, in double precision and rounded once to Float,
/// with our own logarithm, sine and cosine so that every CPU gives the same bits.
public enum NormalTransform {
    /// Two pairs of words to four normals: (0, 1) -> elements 0 and 1, (2, 3) -> elements 2 and 3.
    ///
    /// The first word of a pair is the radius: u = (word + 0.5) / 2^32 lies strictly inside (0, 1), |z| <= 6.77.
    /// The second is the angle as a fraction of a turn.
    ///
    /// One number at a time: the reference of `normals(_:_:)`.
    public static func normals(_ words: SIMD4<UInt32>) -> SIMD4<Float> {
        let first = pair(radiusWord: words[0], angleWord: words[1])
        let second = pair(radiusWord: words[2], angleWord: words[3])
        return SIMD4(first.0, first.1, second.0, second.1)
    }

    private static func pair(radiusWord: UInt32, angleWord: UInt32) -> (Float, Float) {
        let uniform = (Double(radiusWord) + 0.5) * 0x1p-32
        let radius = (-2 * ElementaryFunctions.log(uniform)).squareRoot()
        let angle = ElementaryFunctions.sinCosOfTurn(angleWord)
        return (Float(radius * angle.cosine), Float(radius * angle.sine))
    }

    /// The normals of two blocks of words, four pairs at once: the same operations on every lane, the same bits.
    @inlinable
    public static func normals(_ first: SIMD4<UInt32>, _ second: SIMD4<UInt32>) -> SIMD8<Float> {
        let radiusWords = SIMD4(first[0], first[2], second[0], second[2])
        let angleWords = SIMD4(first[1], first[3], second[1], second[3])
        let uniform = (exactDoubles(radiusWords) + 0.5) * 0x1p-32
        let radius = (ElementaryFunctions.logOfUniform(uniform) * -2).squareRoot()
        let turn = ElementaryFunctions.sinCosOfTurn(angleWords)
        let cosines = SIMD4<Float>(radius * turn.cosine)
        let sines = SIMD4<Float>(radius * turn.sine)
        return SIMD8(
            cosines[0], sines[0], cosines[1], sines[1], cosines[2], sines[2], cosines[3], sines[3])
    }

    /// Words as doubles: put into the low bits of 2^52, which is then taken away.
    @inlinable
    static func exactDoubles(_ words: SIMD4<UInt32>) -> SIMD4<Double> {
        ElementaryFunctions.doubles(SIMD4<UInt64>(truncatingIfNeeded: words) | 0x4330_0000_0000_0000) - 0x1p52
    }
}
