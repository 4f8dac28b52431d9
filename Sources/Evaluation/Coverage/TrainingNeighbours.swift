import Numbers
import Tensors

/// Two weak signs of copying, by distances to the nearest training image in feature space. They are published and
/// easily compared; neither finds a few copies among many images, which is what the search for copies does.
struct TrainingNeighbours: Sendable {
    /// Whether each synthetic image is farther from its nearest training image than that is from its own nearest.
    private let isAuthentic: [Bool]
    /// Squared distances to the nearest training image.
    private let ofReal: [Double]
    private let ofSynthetic: [Double]
    static let replicates = 400

    /// - Parameter train: two images or more.
    init(_ comparison: SetComparison, train: FeatureTable, on compute: Compute) throws {
        let own = try NearestNeighbours(within: train, count: 1, on: compute).radii(1)
        let synthetic = try NearestNeighbours(of: comparison.synthetic, among: train, count: 1, on: compute)
        isAuthentic = synthetic.ofRow.map { $0[0].square > own[$0[0].row] }
        ofSynthetic = synthetic.radii(1)
        ofReal = try NearestNeighbours(of: comparison.real, among: train, count: 1, on: compute).radii(1)
    }

    /// Share of authentic images in percent (Alaa et al., "How faithful is your synthetic data?", ICML 2022, arXiv
    /// 2102.08921, section 4.3).
    func authenticity(_ weights: [Double]? = nil) -> Double {
        let weights = weights ?? [Double](repeating: 1, count: isAuthentic.count)
        return 100 * zip(isAuthentic, weights).reduce(0) { $1.0 ? $0 + $1.1 : $0 } / weights.reduce(0, +)
    }

    /// The standardised rank sum of synthetic images' distances to the training set among held-out real images', below
    /// 0 where synthetic images are nearer (Meehan et al., "A non-parametric test to detect data-copying in generative
    /// models", AISTATS 2020, arXiv 2004.05675, section 3), over one cell, not over theirs of k-means.
    func copyingTest(real: [Double]? = nil, synthetic: [Double]? = nil) -> Double {
        let w = real ?? [Double](repeating: 1, count: ofReal.count)
        let v = synthetic ?? [Double](repeating: 1, count: ofSynthetic.count)
        let (n, m) = (v.reduce(0, +), w.reduce(0, +))
        let all =
            zip(ofReal, w).map { (square: $0, real: $1, synthetic: 0.0) }
            + zip(ofSynthetic, v).map { (square: $0, real: 0.0, synthetic: $1) }
        let sorted = all.sorted { $0.square < $1.square }
        var statistic = 0.0, below = 0.0, place = 0
        while place < sorted.count {
            var tied = (real: 0.0, synthetic: 0.0)
            let square = sorted[place].square
            while place < sorted.count, sorted[place].square == square {
                tied.real += sorted[place].real
                tied.synthetic += sorted[place].synthetic
                place += 1
            }
            statistic += tied.synthetic * (below + tied.real / 2)
            below += tied.real
        }
        return (statistic - n * m / 2) / (n * m * (n + m + 1) / 12).squareRoot()
    }
}
