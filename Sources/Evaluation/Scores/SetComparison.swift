import Tensors

/// A set of synthetic images beside a set of real ones that no model saw, by their features: all the numbers that are
/// made of features alone.
///
/// The numbers depend on the features and the seed, not on the threads they are computed with. OpenBLAS may round
/// otherwise on another machine.
public struct SetComparison: Sendable {
    /// Features of held-out real images.
    public let real: FeatureTable
    /// Features of synthetic images.
    public let synthetic: FeatureTable
    /// Features of the images that the model was trained with, where there are any.
    public let train: FeatureTable?
    /// What a classifier says of each synthetic image: one value a class, before the softmax.
    public let logits: FeatureTable?
    /// What the subsets and the replicates of the intervals are drawn with.
    public let seed: UInt64
    /// What is drawn in a bootstrap, with the same draws for every number.
    let pair: ResampledPair

    /// - Throws: `EvaluationError` where the tables are of different extractors or dimensions, or the logits are not of
    ///   as many images as the synthetic ones.
    public init(
        real: FeatureTable, synthetic: FeatureTable, train: FeatureTable? = nil, logits: FeatureTable? = nil,
        seed: UInt64 = 0
    ) throws {
        for (name, table) in [("synthetic", synthetic)] + (train.map { [("training", $0)] } ?? []) {
            guard table.extractor == real.extractor else {
                throw EvaluationError(
                    "features of the \(name) images", expected: "\(real.extractor), as of the real ones",
                    got: table.extractor)
            }
            guard table.dimension == real.dimension else {
                throw EvaluationError(
                    "features of the \(name) images", expected: "\(real.dimension) values a row, as of the real ones",
                    got: "\(table.dimension)")
            }
        }
        if let logits, logits.count != synthetic.count {
            throw EvaluationError(
                "logits of the synthetic images", expected: "\(synthetic.count) rows, one an image",
                got: "\(logits.count)")
        }
        self.real = real
        self.synthetic = synthetic
        self.train = train
        self.logits = logits
        self.seed = seed
        pair = ResampledPair(real: real, synthetic: synthetic, seed: seed)
    }

    /// All numbers of the features, in the order of the report: the kernel distance and the Frechet ratio first. One
    /// that cannot be computed is there without a value and with its reason.
    public func scores(on compute: Compute) throws -> [Score] {
        let radiomic = real.extractor == "radiomics" ? [try radiomicDistance(on: compute)] : []
        return try radiomic + inOneScale().featureScores(on: compute)
    }

    private func featureScores(on compute: Compute) throws -> [Score] {
        let kernel = try KernelDistance(real, synthetic, pair, on: compute)
        let full = try kernelDistance(kernel, on: compute)
        let distances = try [full, frechetRatio(on: compute), subsetDistance(kernel, full, on: compute)]
        let frechet = try frechetDistances(on: compute) + [frechetInfinity(on: compute)]
        let others = try [inceptionScore(logits, on: compute)]
        let variety = try coverage(on: compute) + [vendi(on: compute)]
        return try distances + frechet + others + variety + trainingNeighbours(on: compute)
    }
}

extension SetComparison {
    var counts: (real: Int, synthetic: Int) { (real.count, synthetic.count) }

    /// Why a number of these features may mislead: too few images for the dimensions, too few units for an interval.
    /// - Parameter dimension: of the space in which the number is made.
    func warnings(dimension: Int) -> [String] {
        [("real", real.count), ("synthetic", synthetic.count)].compactMap { name, count in
            count < 2 * dimension ? "\(count) \(name) images are under twice the \(dimension) dimensions" : nil
        } + pair.warnings
    }

    /// A number of these features with its warnings.
    func score(
        _ name: String, _ value: Double?, _ direction: Score.Direction, interval: ClosedRange<Double>? = nil,
        dimension: Int? = nil
    ) -> Score {
        var score = Score(name, value: value, counts: counts, features: real.extractor, direction: direction)
        if score.value != nil { score.interval = interval }
        score.warnings = warnings(dimension: dimension ?? real.dimension)
        return score
    }

    /// A number of these features that there is none of.
    func missing(_ name: String, _ direction: Score.Direction, because reason: String) -> Score {
        Score(name, missing: reason, counts: counts, features: real.extractor, direction: direction)
    }

    /// Why a covariance or a pair cannot be had: nil where both sets have two images or more.
    var tooFew: String? {
        if real.count < 2 { return "the real set has one image" }
        return synthetic.count < 2 ? "the synthetic set has one image" : nil
    }
}
