/// exp, expm1, log, sin, cos and pow in double precision from additions, multiplications and divisions alone.
///
/// libm differs between systems and versions; IEEE 754 operations do not, and Swift never contracts a * b + c into a
/// fused operation on its own. Nothing here may be reordered. Arguments are reduced as by Cody and Waite ("Software
/// manual for the elementary functions", 1980); the polynomials are Taylor's, cut where the remainder is under 2^-57.
/// The largest errors found are written at each function and held by `ElementaryFunctionsTests`.
public enum ElementaryFunctions {
    /// ln 2 in two parts; the first has 32 significant bits, so that k * ln2High is exact for |k| < 2^20.
    @usableFromInline static let ln2High = 0x1.62e42feep-1
    @usableFromInline static let ln2Low = 0x1.a39ef35793c76p-33

    /// Added and taken away again, rounds a double of magnitude under 2^51 to the nearest integer, ties to even.
    @usableFromInline static let roundingShift = 0x1.8p52

    /// 2^k for -1022 <= k <= 1023.
    @inlinable
    static func powerOfTwo(_ k: Int) -> Double {
        Double(bitPattern: UInt64(bitPattern: Int64(k + 1023)) << 52)
    }

    // MARK: exponential

    /// x = k ln 2 + value + tail with |value| <= 0.347.
    @usableFromInline
    struct ExponentReduction {
        @usableFromInline let k: Int
        @usableFromInline let value: Double
        @usableFromInline let tail: Double

        /// `extra` is the low part of an argument held in two doubles.
        @inlinable
        init(_ x: Double, extra: Double = 0) {
            let shifted = x * 0x1.71547652b82fep0 + roundingShift
            let n = shifted - roundingShift
            k = Int(Int32(truncatingIfNeeded: Int64(bitPattern: shifted.bitPattern)))
            let high = x - n * ln2High
            let low = n * ln2Low - extra
            value = high - low
            tail = (high - value) - low
        }

        /// e^(value + tail) - 1 - value: the terms r^2/2! ... r^13/13! and the tail.
        @inlinable
        var afterLinear: Double {
            let r = value
            let w = r * r
            var odd = 1.0 / 6227020800
            odd = odd * w + 1.0 / 39916800
            odd = odd * w + 1.0 / 362880
            odd = odd * w + 1.0 / 5040
            odd = odd * w + 1.0 / 120
            odd = odd * w + 1.0 / 6
            var even = 1.0 / 479001600
            even = even * w + 1.0 / 3628800
            even = even * w + 1.0 / 40320
            even = even * w + 1.0 / 720
            even = even * w + 1.0 / 24
            even = even * w + 0.5
            return (odd * r + even) * w + (tail + tail * r)
        }
    }

    /// e^x. Error at most 0.9 ulp; overflows to infinity, underflows through the subnormals to 0.
    @inlinable
    public static func exp(_ x: Double) -> Double {
        exp(x, extra: 0)
    }

    /// e^(x + extra) for an argument in two doubles.
    @inlinable
    static func exp(_ x: Double, extra: Double) -> Double {
        guard x <= 0x1.62e42fefa39efp9 else { return x.isNaN ? x : .infinity }
        guard x >= -745.2 else { return x.isNaN ? x : 0 }
        let reduced = ExponentReduction(x, extra: extra)
        let mantissa = 1 + (reduced.value + reduced.afterLinear)
        // Two factors, because 2^k alone may leave the range of normal numbers.
        let half = reduced.k >> 1
        return mantissa * powerOfTwo(half) * powerOfTwo(reduced.k - half)
    }

    /// e^x - 1 without the cancellation near 0. Error at most 1.5 ulp.
    @inlinable
    public static func expm1(_ x: Double) -> Double {
        guard x <= 0x1.62e42fefa39efp9 else { return x.isNaN ? x : .infinity }
        guard x >= -40 else { return x.isNaN ? x : -1 }
        guard x <= 40 else { return exp(x) - 1 }
        let reduced = ExponentReduction(x)
        guard reduced.k != 0 else { return reduced.value + reduced.afterLinear }
        let scale = powerOfTwo(reduced.k)
        // scale - 1 is exact or far larger than the rest.
        return (scale - 1) + (scale * reduced.value + scale * reduced.afterLinear)
    }

    // MARK: logarithm

    /// x = 2^k m with m in [sqrt(1/2), sqrt(2)). `x` is finite and positive.
    @inlinable
    static func split(_ x: Double) -> (k: Int, mantissa: Double) {
        var bits = x.bitPattern
        var offset = 0
        if x < Double.leastNormalMagnitude {
            bits = (x * 0x1p54).bitPattern
            offset = -54
        }
        let k = Int64(bitPattern: bits &- 0x3fe6_a09e_667f_3bcd) >> 52
        return (Int(k) + offset, Double(bitPattern: bits &- UInt64(bitPattern: k << 52)))
    }

    /// (log(1 + f) - 2s) / s for s = f / (2 + f): the terms 2 s^2/3 ... 2 s^20/21 of the area tangent's series.
    @inlinable
    static func logarithmSeries(_ z: Double) -> Double {
        // Even and odd powers apart: two short chains of operations instead of a long one.
        let w = z * z
        var odd = 2.0 / 21
        odd = odd * w + 2.0 / 17
        odd = odd * w + 2.0 / 13
        odd = odd * w + 2.0 / 9
        odd = odd * w + 2.0 / 5
        var even = 2.0 / 19
        even = even * w + 2.0 / 15
        even = even * w + 2.0 / 11
        even = even * w + 2.0 / 7
        even = even * w + 2.0 / 3
        return (odd * z + even) * z
    }

    /// The natural logarithm. Error at most 0.9 ulp; -infinity at 0, NaN below.
    @inlinable
    public static func log(_ x: Double) -> Double {
        guard x > 0, x < .infinity else { return x == 0 ? -.infinity : (x > 0 ? x : .nan) }
        let (k, mantissa) = split(x)
        let f = mantissa - 1
        let s = f / (2 + f)
        let halfSquare = 0.5 * f * f
        let series = logarithmSeries(s * s)
        let n = Double(k)
        return n * ln2High - ((halfSquare - (s * (halfSquare + series) + n * ln2Low)) - f)
    }
}
