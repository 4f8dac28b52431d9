import Numbers

/// The values of a number in the replicates of a bootstrap.
struct Replicates: Sendable {
    /// One value a replicate; those that could not be computed are left out.
    let values: [Double]
    /// Units of the smaller of the sets that were drawn from.
    let units: Int

    init(_ values: [Double], units: Int) {
        self.values = values.filter(\.isFinite)
        self.units = units
    }

    /// From this many on, quantiles of the replicates are used, below it their standard deviation.
    private static let enough = 200

    /// The 95 % interval about `value`, of the replicates' deviations from their mean: a resampled set is less varied
    /// than its original, so the replicates of many numbers lie to one side of it, and only their spread tells.
    ///
    /// Symmetric: the 95th percentile of the absolute deviation, widened for few units by sqrt(G / (G - 1)) and the
    /// quantile of Student's t over the normal one (Hesterberg, "What teachers should know about the bootstrap",
    /// The American Statistician 69, 2015, section 4.5). Nil where there are fewer than two units or ten replicates.
    /// - Parameter bounds: what the number can be at all.
    func interval(about value: Double, within bounds: ClosedRange<Double>? = nil) -> ClosedRange<Double>? {
        guard let spread = halfWidth else { return nil }
        let (low, high) = (value - spread, value + spread)
        guard low.isFinite, high.isFinite else { return nil }
        guard let bounds else { return low...high }
        return min(max(low, bounds.lowerBound), value)...max(min(high, bounds.upperBound), value)
    }

    /// The same for a number that is a ratio: of the logarithms, so that the interval stays above 0.
    func interval(aboutRatio value: Double) -> ClosedRange<Double>? {
        let logarithms = Replicates(values.map { $0 > 0 ? ElementaryFunctions.log($0) : .nan }, units: units)
        guard value > 0, let spread = logarithms.halfWidth else { return nil }
        let factor = ElementaryFunctions.exp(spread)
        guard factor.isFinite, (value * factor).isFinite else { return nil }
        return value / factor...value * factor
    }

    private var halfWidth: Double? {
        guard units > 1, values.count >= 10 else { return nil }
        let mean = values.reduce(0, +) / Double(values.count)
        let deviations = values.map { abs($0 - mean) }.sorted()
        let widened = (Double(units) / Double(units - 1)).squareRoot() * StudentQuantile.upper(units - 1)
        if values.count >= Self.enough {
            return deviations[values.count * 95 / 100] * widened / StudentQuantile.normal
        }
        let variance = deviations.reduce(0) { $0 + $1 * $1 } / Double(values.count - 1)
        return variance.squareRoot() * max(widened, StudentQuantile.upper(values.count - 1))
    }
}

/// The 97.5 % quantile of Student's t.
enum StudentQuantile {
    /// Of the normal distribution.
    static let normal = 1.959963984540054

    /// With `freedom` degrees: exact for 1 and 2, else Fisher's expansion about the normal quantile (Abramowitz and
    /// Stegun, 26.7.5), within 0.3 % from 3 on.
    static func upper(_ freedom: Int) -> Double {
        if freedom <= 1 { return 12.706204736432095 }
        if freedom == 2 { return 4.302652729911275 }
        let z = normal, v = Double(freedom), squared = z * z
        let first = z * (squared + 1) / 4
        let second = z * ((5 * squared + 16) * squared + 3) / 96
        let third = z * (((3 * squared + 19) * squared + 17) * squared - 15) / 384
        let fourth = z * ((((79 * squared + 776) * squared + 1482) * squared - 1920) * squared - 945) / 92160
        return z + (first + (second + (third + fourth / v) / v) / v) / v
    }
}
