/// Box-Muller (1958): uniform words to standard normals, in double precision and rounded once to Float,
/// with our own logarithm, sine and cosine so that every CPU gives the same bits.
public enum NormalTransform {
    /// Two pairs of words to four normals: (0, 1) -> elements 0 and 1, (2, 3) -> elements 2 and 3.
    ///
    /// The first word of a pair is the radius: u = (word + 0.5) / 2^32 lies strictly inside (0, 1), |z| <= 6.77.
    /// The second is the angle as a fraction of a turn.
    @inlinable
    public static func normals(_ words: SIMD4<UInt32>) -> SIMD4<Float> {
        let first = pair(radiusWord: words[0], angleWord: words[1])
        let second = pair(radiusWord: words[2], angleWord: words[3])
        return SIMD4(first.0, first.1, second.0, second.1)
    }

    @inlinable
    static func pair(radiusWord: UInt32, angleWord: UInt32) -> (Float, Float) {
        let uniform = (Double(radiusWord) + 0.5) * 0x1p-32
        let radius = (-2 * ElementaryFunctions.log(uniform)).squareRoot()
        let angle = ElementaryFunctions.sinCosOfTurn(angleWord)
        return (Float(radius * angle.cosine), Float(radius * angle.sine))
    }
}
