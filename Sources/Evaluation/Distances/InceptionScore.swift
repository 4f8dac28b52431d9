import Numbers
import Tensors

/// What a classifier says of synthetic images: exp of the mean divergence of an image's class probabilities from those
/// of its split, over 10 splits of a shuffled set (Salimans et al., arXiv 1606.03498; torch-fidelity's `metric_isc.py`,
/// whose shuffle, `numpy.random.RandomState(2020)`, is this one).
struct InceptionScore: Sendable {
    let mean: Double
    /// Over the splits, divided by their number.
    let deviation: Double
    static let splits = 10
    static let replicates = 400

    private let probabilities: Matrix
    private let negatedEntropies: [Double]

    /// - Parameter logits: one row an image, one value a class.
    /// - Throws: `EvaluationError` where rows cannot be read.
    init(_ logits: FeatureTable) throws(EvaluationError) {
        var probabilities = Matrix(rows: logits.count, columns: logits.dimension)
        var entropies = [Double](repeating: 0, count: logits.count)
        for row in 0..<logits.count {
            let values = try logits[row].map(Double.init), top = values.max() ?? 0
            let total = values.reduce(0) { $0 + ElementaryFunctions.exp($1 - top) }
            let logarithm = ElementaryFunctions.log(total)
            for (column, value) in values.enumerated() {
                let p = ElementaryFunctions.exp(value - top) / total
                probabilities[row, column] = p
                entropies[row] += p * (value - top - logarithm)
            }
        }
        self.probabilities = probabilities
        negatedEntropies = entropies
        var generator = MersenneTwister(seed: 2020)
        let order = generator.permutation(logits.count), count = logits.count
        var scores: [Double] = []
        for split in 0..<Self.splits {
            let rows = order[split * count / Self.splits..<(split + 1) * count / Self.splits]
            scores.append(Self.score(rows.map { ($0, 1) }, probabilities, entropies))
        }
        let mean = scores.reduce(0, +) / Double(scores.count)
        self.mean = mean
        deviation = (scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(scores.count)).squareRoot()
    }

    /// The score of weighted rows: exp of the mean negated entropy less the negated entropy of the mean.
    private static func score(_ rows: [(Int, Double)], _ probabilities: Matrix, _ entropies: [Double]) -> Double {
        var mean = [Double](repeating: 0, count: probabilities.columns), entropy = 0.0, total = 0.0
        for (row, weight) in rows where weight > 0 {
            for (column, value) in probabilities.row(row).enumerated() { mean[column] += weight * value }
            entropy += weight * entropies[row]
            total += weight
        }
        guard total > 0 else { return .nan }
        let ofMean = mean.reduce(0) { $1 > 0 ? $0 + $1 / total * ElementaryFunctions.log($1 / total) : $0 }
        return ElementaryFunctions.exp(entropy / total - ofMean)
    }

    /// The score of the whole set, without splits, in replicates of the bootstrap over units of the synthetic set.
    func resampled(_ pair: ResampledPair, on compute: Compute) throws -> Replicates {
        let values = try compute.map(Self.replicates) { replicate in
            let weights = pair.synthetic.spread(pair.weights(replicate).synthetic)
            return Self.score(
                Array(weights.enumerated().map { ($0.offset, $0.element) }), probabilities, negatedEntropies)
        }
        return Replicates(values, units: pair.synthetic.count)
    }
}
