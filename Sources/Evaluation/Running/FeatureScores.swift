/// The numbers that features of sets give.
struct FeatureScores {
    let real: SetFeatures, train: SetFeatures?, synthetic: SetFeatures

    /// - Throws: `EvaluationError` for sets whose rows cannot be compared.
    init(real: SetFeatures, train: SetFeatures?, synthetic: SetFeatures) throws(EvaluationError) {
        (self.real, self.train, self.synthetic) = (real, train, synthetic)
        for (other, role) in [(train, "train"), (synthetic, "synthetic")] {
            guard let other, other.table.dimension != real.table.dimension else { continue }
            throw EvaluationError(
                "\(role) features", expected: "\(real.table.dimension) values a row, as of the real ones",
                got: "\(other.table.dimension)")
        }
    }

    func scores() -> [Score] {
        let (x, y) = (real.table, synthetic.table)
        let value = Self.within(x) + Self.within(y) - 2 * Self.mean(x, y)
        return [
            Score(
                "kernel_distance", value: value, counts: (x.count, y.count), features: x.extractor, direction: .lower)
        ]
    }

    private static func kernel(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
        let product = zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } / Double(a.count) + 1
        return product * product * product
    }

    private static func within(_ x: FeatureTable) -> Double {
        var sum = 0.0
        for i in 0..<x.count { for j in 0..<i { sum += 2 * kernel(x[i], x[j]) } }
        return sum / Double(x.count * (x.count - 1))
    }

    private static func mean(_ x: FeatureTable, _ y: FeatureTable) -> Double {
        var sum = 0.0
        for i in 0..<x.count { for j in 0..<y.count { sum += kernel(x[i], y[j]) } }
        return sum / Double(x.count * y.count)
    }
}
