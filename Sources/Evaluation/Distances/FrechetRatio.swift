import Tensors

/// How far synthetic images lie from held-out real ones, in units of how far the training images lie from them: the
/// Frechet distance of synthetic to held-out over that of training images to held-out, both of the same number of
/// images, in the first 64 principal directions of the held-out set. 1 means as far as other real patients are.
///
/// Where one of the two sets is larger, random subsets of it are taken and their distances averaged. Both distances are
/// too large by what few images cost, and much alike, so the ratio is pulled towards 1.
struct FrechetRatio: Sendable {
    let value: Double
    /// Directions that were used.
    let dimension: Int
    private let real: FeatureTable
    private let synthetic: FeatureTable
    private let train: FeatureTable
    private let pair: ResampledPair
    private let trainUnits: ResamplingUnits

    /// Subsets of the larger set that are averaged.
    private static let subsets = 20
    static let replicates = 400

    /// - Throws: `EvaluationError` where all real features are the same, LAPACK does not converge, or the training
    ///   images do not differ from the held-out ones.
    init(_ comparison: SetComparison, train table: FeatureTable, on compute: Compute) throws {
        let directions = try PrincipalDirections(comparison.real)
        dimension = directions.directions.rows
        func projected(_ table: FeatureTable) throws -> FeatureTable {
            try FeatureTable(
                extractor: table.extractor, dimension: directions.directions.rows,
                values: directions.projected(table).values.map(Float.init), groups: table.groups)
        }
        real = try projected(comparison.real)
        synthetic = try projected(comparison.synthetic)
        train = try projected(table)
        pair = comparison.pair
        trainUnits = ResamplingUnits(table, seed: comparison.seed, bins: .trainBins)
        let count = min(synthetic.count, train.count), moments = try SampleMoments(real)
        func distance(_ table: FeatureTable, _ draw: EvaluationDraw) throws -> Double {
            let isWhole = table.count == count, seed = comparison.seed
            let distances = try compute.map(isWhole ? 1 : Self.subsets) { subset in
                let order = isWhole ? nil : draw.indices(seed: seed).permutation(table.count, replicate: subset)
                return try FrechetDistance.between(
                    SampleMoments(table, rows: order.map { Array($0.prefix(count)) }), moments)
            }
            return distances.reduce(0, +) / Double(distances.count)
        }
        let (above, below) = try (distance(synthetic, .subsetsOfSynthetic), distance(train, .subsetsOfTrain))
        guard below > 0 else {
            throw EvaluationError(
                "training images beside the held-out ones", expected: "some distance", got: "none: they are the same")
        }
        value = above / below
    }

    /// What has to be said where few units of the training set are drawn.
    var warnings: [String] { ResampledPair.warning("training", trainUnits).map { [$0] } ?? [] }

    /// The ratio in replicates of the bootstrap over units of all three sets, of which the larger of two is drawn from
    /// only as often as the smaller.
    func resampled(on compute: Compute) throws -> Replicates {
        let count = Double(min(synthetic.count, train.count))
        func drawn(_ units: ResamplingUnits, of rows: Int) -> Int {
            max(2, Int((Double(units.count) * count / Double(rows)).rounded()))
        }
        let ofSynthetic = drawn(pair.synthetic, of: synthetic.count), ofTrain = drawn(trainUnits, of: train.count)
        let values = try compute.map(Self.replicates) { replicate in
            let weights = (
                real: pair.weights(replicate).real,
                synthetic: pair.synthetic.weights(
                    replicate, EvaluationDraw.syntheticUnits.indices(seed: pair.seed), drawn: ofSynthetic),
                train: trainUnits.weights(
                    replicate, EvaluationDraw.trainUnits.indices(seed: pair.seed), drawn: ofTrain)
            )
            let moments = try SampleMoments(real, weights: pair.real.spread(weights.real))
            return try FrechetDistance.between(
                SampleMoments(synthetic, weights: pair.synthetic.spread(weights.synthetic)), moments)
                / FrechetDistance.between(SampleMoments(train, weights: trainUnits.spread(weights.train)), moments)
        }
        return Replicates(values, units: min(pair.fewerUnits, trainUnits.count))
    }
}
