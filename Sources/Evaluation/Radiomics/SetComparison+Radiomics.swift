import Numbers
import Tensors

extension SetComparison {
    /// `frd-original-79`: the natural logarithm of the squared Frechet distance of radiomic features, each centred and
    /// scaled by mean and standard deviation of the real set (Konz et al., "Frechet radiomic distance", arXiv
    /// 2412.01496, without its filtered images; hence the name). Features that do not vary in the real set have no
    /// scale and are left out, with a warning.
    /// - Throws: `EvaluationError` where LAPACK does not converge; `EvaluationAbandoned`.
    public func radiomicDistance(on compute: Compute) throws -> Score {
        let name = "frd-original-79"
        guard real.extractor == "radiomics" else {
            return missing(name, .lower, because: "the features are \(real.extractor), not radiomics")
        }
        if let tooFew { return missing(name, .lower, because: tooFew) }
        let scale = try FeatureScale(real)
        guard !scale.kept.isEmpty else {
            return missing(name, .lower, because: "no feature varies among the real images")
        }
        let (first, second) = try (scale.applied(to: real), scale.applied(to: synthetic))
        let squared = try FrechetDistance.between(SampleMoments(first), SampleMoments(second))
        guard squared > 0 else {
            return missing(name, .lower, because: "the sets are equal, and 0 has no logarithm")
        }
        let value = ElementaryFunctions.log(squared)
        let logarithms = try compute.map(200) { replicate in
            let drawn = pair.weights(replicate)
            let distance = try FrechetDistance.between(
                SampleMoments(first, weights: pair.real.spread(drawn.real)),
                SampleMoments(second, weights: pair.synthetic.spread(drawn.synthetic)))
            return distance > 0 ? ElementaryFunctions.log(distance) : .nan
        }
        let interval = Replicates(logarithms, units: pair.fewerUnits).interval(about: value)
        var score = score(name, value, .lower, interval: interval, dimension: scale.kept.count)
        if scale.kept.count < real.dimension {
            score.warnings.append(
                "\(real.dimension - scale.kept.count) features do not vary among the real images and are left out")
        }
        return score
    }
}

extension SetComparison {
    /// The comparison by features of one scale. Radiomic ones have units of their own, from shares to sums of squares,
    /// and a distance would see the largest alone: they are z-scored by the real set. Those of networks stay as they
    /// are, and so do radiomic ones where none varies.
    /// - Throws: `EvaluationError` for a value that becomes infinite.
    func inOneScale() throws -> SetComparison {
        guard real.extractor == "radiomics" else { return self }
        let scale = try FeatureScale(real)
        guard !scale.kept.isEmpty else { return self }
        return try SetComparison(
            real: scale.applied(to: real), synthetic: scale.applied(to: synthetic),
            train: train.map { try scale.applied(to: $0) }, logits: logits, seed: seed)
    }
}

/// Mean and standard deviation of each feature of a set.
struct FeatureScale {
    /// The features that vary.
    let kept: [Int]
    private let means: [Double]
    private let deviations: [Double]

    /// - Throws: `EvaluationError` where rows cannot be read.
    init(_ table: FeatureTable) throws(EvaluationError) {
        let count = Double(table.count)
        var means = [Double](repeating: 0, count: table.dimension)
        for row in 0..<table.count {
            for (column, value) in try table[row].enumerated() { means[column] += Double(value) / count }
        }
        var squares = [Double](repeating: 0, count: table.dimension)
        for row in 0..<table.count {
            for (column, value) in try table[row].enumerated() {
                squares[column] += (Double(value) - means[column]) * (Double(value) - means[column]) / count
            }
        }
        // Below this it is rounding of the mean.
        kept = means.indices.filter { squares[$0].squareRoot() > 1e-7 * max(abs(means[$0]), 1e-12) }
        self.means = means
        deviations = squares.map { $0.squareRoot() }
    }

    /// The kept features of a table, centred and scaled.
    /// - Throws: `EvaluationError` for a value that becomes infinite.
    func applied(to table: FeatureTable) throws -> FeatureTable {
        var values: [Float] = []
        values.reserveCapacity(table.count * kept.count)
        for row in 0..<table.count {
            let features = Array(try table[row])
            for column in kept {
                values.append(Float((Double(features[column]) - means[column]) / deviations[column]))
            }
        }
        return try FeatureTable(
            extractor: table.extractor, dimension: kept.count, values: values, groups: table.groups)
    }
}
