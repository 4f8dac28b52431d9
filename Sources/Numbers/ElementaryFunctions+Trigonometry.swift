extension ElementaryFunctions {
    // pi/2 in three parts; the first two have 33 significant bits, so that n times them is exact for |n| <= 2^20.
    @usableFromInline static let halfPi0 = 0x1.921fb544p0
    @usableFromInline static let halfPi1 = 0x1.0b4611a6p-34
    @usableFromInline static let halfPi2 = 0x1.3198a2e037073p-69

    /// Sine and cosine of one angle.
    public struct SineCosine: Sendable {
        public let sine: Double
        public let cosine: Double

        @inlinable
        init(sine: Double, cosine: Double) {
            self.sine = sine
            self.cosine = cosine
        }

        /// Sine and cosine of quadrant * pi/2 + y + tail, |y| <= pi/4 (and a little).
        @inlinable
        init(quadrant: Int, y: Double, tail: Double) {
            let s = sineKernel(y, tail)
            let c = cosineKernel(y, tail)
            switch quadrant & 3 {
            case 0: self.init(sine: s, cosine: c)
            case 1: self.init(sine: c, cosine: -s)
            case 2: self.init(sine: -s, cosine: -c)
            default: self.init(sine: -c, cosine: s)
            }
        }
    }

    /// sin(y + tail) for |y| <= pi/4: y - y^3/3! + ... + y^17/17!.
    @inlinable
    static func sineKernel(_ y: Double, _ tail: Double) -> Double {
        let z = y * y
        let w = z * z
        var even = 1.0 / 355687428096000
        even = even * w + 1.0 / 6227020800
        even = even * w + 1.0 / 362880
        even = even * w + 1.0 / 120
        var odd = -1.0 / 1307674368000
        odd = odd * w - 1.0 / 39916800
        odd = odd * w - 1.0 / 5040
        let p = odd * z + even
        let cube = z * y
        return y - ((z * (0.5 * tail - cube * p) - tail) + cube * (1.0 / 6))
    }

    /// cos(y + tail) for |y| <= pi/4: 1 - y^2/2! + ... - y^18/18!, the rounding of 1 - y^2/2 given back.
    @inlinable
    static func cosineKernel(_ y: Double, _ tail: Double) -> Double {
        let z = y * y
        let v = z * z
        var odd = -1.0 / 6402373705728000
        odd = odd * v - 1.0 / 87178291200
        odd = odd * v - 1.0 / 3628800
        odd = odd * v - 1.0 / 720
        var even = 1.0 / 20922789888000
        even = even * v + 1.0 / 479001600
        even = even * v + 1.0 / 40320
        even = even * v + 1.0 / 24
        let p = odd * z + even
        let half = 0.5 * z
        let w = 1 - half
        return w + (((1 - w) - half) + (z * (z * p) - y * tail))
    }

    /// Sine and cosine of x radians, |x| <= 2^20 (NaN beyond: nothing in Phantom is there). Error at most 0.8 ulp.
    @inlinable
    public static func sinCos(_ x: Double) -> SineCosine {
        guard x.magnitude <= 0x1p20 else { return SineCosine(sine: .nan, cosine: .nan) }
        let shifted = x * 0x1.45f306dc9c883p-1 + roundingShift
        let n = shifted - roundingShift
        let quadrant = Int(Int32(truncatingIfNeeded: Int64(bitPattern: shifted.bitPattern)))
        let first = x - n * halfPi0
        // first - n * halfPi1 with its rounding error (Knuth's two-sum).
        let second = n * halfPi1
        let high = first - second
        let virtual = high - first
        let error = (first - (high - virtual)) - (second + virtual)
        let low = error - n * halfPi2
        let y = high + low
        return SineCosine(quadrant: quadrant, y: y, tail: (high - y) + low)
    }

    /// Sine of x radians; see `sinCos`.
    @inlinable
    public static func sin(_ x: Double) -> Double { sinCos(x).sine }

    /// Cosine of x radians; see `sinCos`.
    @inlinable
    public static func cos(_ x: Double) -> Double { sinCos(x).cosine }

    /// Sine and cosine of 2 pi word / 2^32: the reduction is exact, in integers.
    @inlinable
    public static func sinCosOfTurn(_ word: UInt32) -> SineCosine {
        let quadrant = (word &+ 0x2000_0000) >> 30
        let rest = Int32(bitPattern: word &- (quadrant << 30))
        return SineCosine(quadrant: Int(quadrant), y: Double(rest) * 0x1.921fb54442d18p-30, tail: 0)
    }
}
