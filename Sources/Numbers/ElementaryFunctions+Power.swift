extension ElementaryFunctions {
    /// a * b in two doubles, by Dekker's splitting (Numerische Mathematik 18, 1971). |a|, |b| < 2^990.
    @inlinable
    static func exactProduct(_ a: Double, _ b: Double) -> (high: Double, low: Double) {
        let splitA = a * 134_217_729
        let highA = splitA - (splitA - a)
        let lowA = a - highA
        let splitB = b * 134_217_729
        let highB = splitB - (splitB - b)
        let lowB = b - highB
        let product = a * b
        return (product, ((highA * highB - product) + highA * lowB + lowA * highB) + lowA * lowB)
    }

    /// log x in two doubles, about 2^-60 relative. `x` is finite and positive.
    @inlinable
    static func logarithmInTwo(_ x: Double) -> (high: Double, low: Double) {
        let (k, mantissa) = split(x)
        let f = mantissa - 1
        let divisor = 2 + f
        let divisorLow = f - (divisor - 2)
        let s = f / divisor
        let product = exactProduct(s, divisor)
        let sLow = (((f - product.high) - product.low) - s * divisorLow) / divisor
        let z = s * s
        let correction = s * logarithmSeries(z) + 2 * sLow * (1 + z)
        let n = Double(k)
        // n * ln2High + 2s + correction: two-sum of the large parts, the rest to the tail.
        let a = n * ln2High
        let b = 2 * s
        let sum = a + b
        let virtual = sum - a
        let error = (a - (sum - virtual)) + (b - virtual)
        let low = error + (correction + n * ln2Low)
        let high = sum + low
        return (high, (sum - high) + low)
    }

    /// x^y for x >= 0 (NaN below). Error under 1 ulp where |y log x| <= 64, at most 5 ulp everywhere.
    @inlinable
    public static func pow(_ x: Double, _ y: Double) -> Double {
        if y == 0 || x == 1 { return 1 }
        guard x >= 0, !y.isNaN else { return .nan }
        guard x > 0, x < .infinity, y.magnitude < .infinity else {
            // Both limits are reached from the side that the signs of log x and y say.
            return (x > 1) == (y > 0) ? .infinity : 0
        }
        let logarithm = logarithmInTwo(x)
        let estimate = y * logarithm.high
        guard estimate < 710 else { return .infinity }
        guard estimate > -746 else { return 0 }
        // Far outside this range of y, x^y is 1 to the last bit or was decided above.
        guard y.magnitude > 0x1p-900 else { return 1 }
        let product = exactProduct(y, logarithm.high)
        return exp(product.high, extra: product.low + y * logarithm.low)
    }
}
