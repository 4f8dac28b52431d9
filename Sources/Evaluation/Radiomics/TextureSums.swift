import Numbers

/// Sums that the matrices of textures share.
enum TextureSums {
    /// What pyradiomics adds under a logarithm and to divisors.
    static let tiny = Double.ulpOfOne

    /// -sum p log2(p + tiny)
    static func entropy(_ shares: some Sequence<Double>) -> Double {
        shares.reduce(0) { $0 - $1 * logarithm($1 + tiny) }
    }

    /// The logarithm to base 2.
    static func logarithm(_ value: Double) -> Double { ElementaryFunctions.log(value) / ElementaryFunctions.log(2) }

    /// The mean of those that are numbers, as NumPy's `nanmean`; nil of none.
    static func mean(_ values: [Double]) -> Double? {
        let finite = values.filter(\.isFinite)
        return finite.isEmpty ? nil : finite.reduce(0, +) / Double(finite.count)
    }
}
