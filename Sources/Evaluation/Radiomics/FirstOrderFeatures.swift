/// Statistics of an image's grey values, without their places (pyradiomics, `firstorder.py`).
struct FirstOrderFeatures {
    static let names = [
        "10Percentile", "90Percentile", "Energy", "Entropy", "InterquartileRange", "Kurtosis", "Maximum",
        "MeanAbsoluteDeviation", "Mean", "Median", "Minimum", "Range", "RobustMeanAbsoluteDeviation",
        "RootMeanSquared", "Skewness", "TotalEnergy", "Uniformity", "Variance",
    ]

    /// In the order of `names`. A pixel is 1 mm^3, so that the total energy is the energy.
    let values: [Double]

    init(_ grey: BinnedLevels) {
        let sorted = grey.values.sorted(), count = Double(sorted.count)
        func mean(_ values: some Sequence<Double>, _ count: Double) -> Double { values.reduce(0, +) / count }
        let middle = mean(sorted, count)
        func moment(_ order: Int) -> Double {
            mean(
                sorted.lazy.map { value in
                    let from = value - middle
                    return order == 2 ? from * from : order == 3 ? from * from * from : from * from * from * from
                }, count)
        }
        let variance = moment(2), divisor = variance == 0 ? 1 : variance
        let low = Self.percentile(10, of: sorted), high = Self.percentile(90, of: sorted)
        let inner = sorted.filter { $0 >= low && $0 <= high }
        let innerCount = Double(inner.count), innerMean = mean(inner, innerCount)
        let energy = sorted.reduce(0) { $0 + $1 * $1 }
        let shares = grey.counts.filter { $0 > 0 }.map { $0 / count }
        let (least, most) = (sorted[0], sorted[sorted.count - 1])
        values = [
            low, high, energy, TextureSums.entropy(shares),
            Self.percentile(75, of: sorted) - Self.percentile(25, of: sorted), moment(4) / (divisor * divisor), most,
            mean(sorted.lazy.map { abs($0 - middle) }, count), middle, Self.percentile(50, of: sorted), least,
            most - least, mean(inner.lazy.map { abs($0 - innerMean) }, innerCount), (energy / count).squareRoot(),
            moment(3) / (divisor * divisor.squareRoot()), energy, shares.reduce(0) { $0 + $1 * $1 }, variance,
        ]
    }

    /// Between the two nearest values by their distance, as NumPy's `percentile`.
    static func percentile(_ percent: Double, of sorted: [Double]) -> Double {
        let place = percent / 100 * Double(sorted.count - 1), below = Int(place)
        let above = min(below + 1, sorted.count - 1), part = place - Double(below)
        return sorted[below] + part * (sorted[above] - sorted[below])
    }
}
