import Numbers
import Tensors

/// The kernel distance as it is mostly published ("KID"): mean and standard deviation of 100 pairs of random subsets of
/// min(1000, n) images, without replacement (torch-fidelity's `metric_kid.py`; Binkowski et al., arXiv 1801.01401).
///
/// The subsets are those of torch-fidelity: `numpy.random.RandomState(2020)`, whatever the seed of the evaluation, so
/// that a published number can be had again.
struct SubsetDistance: Sendable {
    let mean: Double
    /// Over the subsets, divided by their number. Of subsets that are the whole set it is 0, and no interval ever.
    let deviation: Double

    static let subsets = 100
    static let mostRows = 1_000
    /// Images of a set up to which the kernel matrix of all pairs is made at once.
    private static let mostPairedRows = 3_000

    init(_ real: FeatureTable, _ synthetic: FeatureTable, _ kernel: KernelDistance, on compute: Compute) throws {
        let size = min(Self.mostRows, real.count, synthetic.count)
        var generator = MersenneTwister(seed: 2020)
        var drawn: [(real: [Int], synthetic: [Int])] = []
        for _ in 0..<Self.subsets {
            let ofReal = Array(generator.permutation(real.count).prefix(size))
            drawn.append((ofReal, Array(generator.permutation(synthetic.count).prefix(size))))
        }
        let values: [Double]
        if max(real.count, synthetic.count) <= Self.mostPairedRows {
            let pairs = try Self.pairs(real, synthetic, kernel, on: compute)
            values = try compute.map(drawn.count) { Self.distance(pairs, drawn[$0].real, drawn[$0].synthetic) }
        } else {
            values = try drawn.map { try Self.distance(real, $0.real, synthetic, $0.synthetic, on: compute) }
        }
        mean = values.reduce(0, +) / Double(values.count)
        let mean = mean
        deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
    }

    /// The kernel of each pair of images: that of `kernel` where its units are images.
    private static func pairs(
        _ real: FeatureTable, _ synthetic: FeatureTable, _ kernel: KernelDistance, on compute: Compute
    ) throws -> KernelDistance {
        if kernel.pair.real.count == real.count, kernel.pair.synthetic.count == synthetic.count { return kernel }
        let images = ResampledPair(
            real: ResamplingUnits(rows: real.count), synthetic: ResamplingUnits(rows: synthetic.count), seed: 0)
        return try KernelDistance(real, synthetic, images, on: compute)
    }

    private static func distance(_ pairs: KernelDistance, _ real: [Int], _ synthetic: [Int]) -> Double {
        func sum(_ sums: KernelSums, _ rows: [Int], _ columns: [Int]) -> Double {
            rows.reduce(0) { total, row in
                let values = sums.sums.row(row)
                return total + columns.reduce(0) { $0 + values[values.startIndex + $1] }
            }
        }
        let size = Double(real.count)
        // A single image has no pair: the distance is then no number, and is reported as none.
        return (sum(pairs.real, real, real) + sum(pairs.synthetic, synthetic, synthetic)) / (size * (size - 1))
            - 2 * sum(pairs.between, real, synthetic) / (size * size)
    }

    private static func distance(
        _ real: FeatureTable, _ realRows: [Int], _ synthetic: FeatureTable, _ syntheticRows: [Int], on compute: Compute
    ) throws -> Double {
        let first = try FeatureTable(real, rows: realRows), second = try FeatureTable(synthetic, rows: syntheticRows)
        let images = ResampledPair(
            real: ResamplingUnits(rows: first.count), synthetic: ResamplingUnits(rows: second.count), seed: 0)
        return try KernelDistance(first, second, images, on: compute).value ?? .nan
    }
}
