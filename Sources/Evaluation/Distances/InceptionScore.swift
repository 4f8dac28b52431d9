import Numbers
import Tensors

/// What a classifier says of synthetic images: exp of the mean divergence of an image's class probabilities from those
/// of its split, over 10 splits of a shuffled set (Salimans et al., arXiv 1606.03498; torch-fidelity's `metric_isc.py`,
/// whose shuffle, `numpy.random.RandomState(2020)`, is this one).
///
/// Probabilities are made of the logits whenever they are needed, and never kept: of 50,000 images they would take 400
/// MB.
struct InceptionScore: Sendable {
    let mean: Double
    /// Over the splits, divided by their number.
    let deviation: Double
    static let splits = 10
    static let replicates = 400
    /// Replicates for which the probabilities of an image are made once.
    private static let replicatesTogether = 25

    private let logits: FeatureTable

    /// - Parameter logits: one row an image, one value a class.
    /// - Throws: `EvaluationError` where rows cannot be read.
    init(_ logits: FeatureTable) throws(EvaluationError) {
        self.logits = logits
        var generator = MersenneTwister(seed: 2020)
        let order = generator.permutation(logits.count), count = logits.count
        var scores: [Double] = []
        for split in 0..<Self.splits {
            var sum = ProbabilitySum(classes: logits.dimension)
            for row in order[split * count / Self.splits..<(split + 1) * count / Self.splits] {
                sum.add(ImageProbabilities(try logits[row]), weight: 1)
            }
            scores.append(sum.score)
        }
        let mean = scores.reduce(0, +) / Double(scores.count)
        self.mean = mean
        deviation = (scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(scores.count)).squareRoot()
    }

    /// The score of the whole set, without splits, in replicates of the bootstrap over units of the synthetic set.
    func resampled(_ pair: ResampledPair, on compute: Compute) throws -> Replicates {
        let units = pair.synthetic.unitOfRow
        let parts = SquaredDistances.ranges(Self.replicates, by: Self.replicatesTogether)
        let values = try compute.map(parts.count) { part in
            let weights = parts[part].map { pair.weights($0).synthetic }
            var sums = weights.map { _ in ProbabilitySum(classes: logits.dimension) }
            for row in 0..<logits.count {
                let probabilities = ImageProbabilities(try logits[row])
                for place in sums.indices where weights[place][units[row]] > 0 {
                    sums[place].add(probabilities, weight: weights[place][units[row]])
                }
            }
            return sums.map(\.score)
        }
        return Replicates(values.flatMap { $0 }, units: pair.synthetic.count)
    }
}

/// The class probabilities of one image.
private struct ImageProbabilities {
    let values: [Double]
    private(set) var negatedEntropy = 0.0

    init(_ logits: ArraySlice<Float>) {
        let logits = logits.map(Double.init), top = logits.max() ?? 0
        let exponentials = logits.map { ElementaryFunctions.exp($0 - top) }
        let total = exponentials.reduce(0, +), logarithm = ElementaryFunctions.log(total)
        values = exponentials.map { $0 / total }
        for (p, logit) in zip(values, logits) { negatedEntropy += p * (logit - top - logarithm) }
    }
}

/// The weighted sum of the class probabilities of images.
private struct ProbabilitySum {
    private var probabilities: [Double]
    private var negatedEntropy = 0.0, total = 0.0

    init(classes: Int) { probabilities = [Double](repeating: 0, count: classes) }

    mutating func add(_ image: ImageProbabilities, weight: Double) {
        for (place, p) in image.values.enumerated() { probabilities[place] += weight * p }
        negatedEntropy += weight * image.negatedEntropy
        total += weight
    }

    /// exp of the mean negated entropy less the negated entropy of the mean.
    var score: Double {
        guard total > 0 else { return .nan }
        let ofMean = probabilities.reduce(0) { $1 > 0 ? $0 + $1 / total * ElementaryFunctions.log($1 / total) : $0 }
        return ElementaryFunctions.exp(negatedEntropy / total - ofMean)
    }
}
