import Locking
import Tensors

/// The coverage of two sets by each other, and its replicates.
struct CoverageMeasurement: Sendable {
    let value: Coverage
    private let real: FeatureTable
    private let synthetic: FeatureTable
    private let seed: UInt64

    static let replicates = 200
    /// Images of a set that the replicates are made of: all distances between so many are kept.
    static let mostResampled = 3_000
    /// Neighbours that are known of a row, so that enough of them are drawn in every replicate.
    private static let knownNeighbours = 40

    /// - Parameters: tables of more than `Coverage.densityNeighbours` rows.
    init(_ comparison: SetComparison, on compute: Compute) throws {
        (real, synthetic, seed) = (comparison.real, comparison.synthetic, comparison.seed)
        let k = Coverage.densityNeighbours
        let ofReal = try NearestNeighbours(within: real, count: k, on: compute)
        let ofSynthetic = try NearestNeighbours(within: synthetic, count: k, on: compute)
        let balls = Coverage.Balls(
            realManifold: ofReal.radii(Coverage.manifoldNeighbours), realDensity: ofReal.radii(k),
            syntheticManifold: ofSynthetic.radii(Coverage.manifoldNeighbours))
        let distances = try SquaredDistances(real, synthetic)
        let blocks = SquaredDistances.ranges(real.count, by: SquaredDistances.blockRows)
        let (n, m) = (real.count, synthetic.count)
        // Joined as they come: each is as large as both sets together. The balls about an image are whole numbers, so
        // their sum does not depend on the order.
        let joined = Lock(Coverage.Count(real: n, synthetic: m))
        _ = try compute.map(blocks.count) { block in
            var count = Coverage.Count(real: n, synthetic: m)
            for columns in SquaredDistances.ranges(m, by: SquaredDistances.blockColumns) {
                let squares = try distances.block(blocks[block], columns)
                for row in blocks[block] {
                    for (column, square) in zip(columns, squares.row(row - blocks[block].lowerBound)) {
                        count.add(square, real: row, synthetic: column, balls)
                    }
                }
            }
            joined.withLock { $0.join(count) }
        }
        let count = joined.withLock { $0 }
        value = Coverage(count, real: Array(repeating: 1, count: n), synthetic: Array(repeating: 1, count: m))
    }

    /// What the replicates of the bootstrap are.
    struct Resampled {
        let values: [Coverage], units: Int
        /// What their deviations are to be multiplied by, to be those of the whole sets.
        let scale: Double
        /// Whether a part of a set was resampled.
        let isOfPart: Bool
    }

    /// Replicates of the bootstrap over units; balls are drawn anew in each, about the images that were drawn and by
    /// neighbours that count as often as they were. Of sets of more images than `most` that many are resampled. The
    /// deviations shrink with the root of the set that grows least: what the other one adds to them stays as it is.
    func resampled(most: Int, on compute: Compute) throws -> Resampled {
        let first = try part(of: real, .subsetsOfReal, most: most)
        let second = try part(of: synthetic, .subsetsOfSynthetic, most: most)
        let pair = ResampledPair(real: first, synthetic: second, seed: seed)
        let ofFirst = try NearestNeighbours(within: first, count: Self.knownNeighbours, on: compute)
        let ofSecond = try NearestNeighbours(within: second, count: Self.knownNeighbours, on: compute)
        let squares = try Self.all(SquaredDistances(first, second), on: compute)
        let values = try compute.map(Self.replicates) { replicate in
            let drawn = pair.weights(replicate)
            let (w, v) = (pair.real.spread(drawn.real), pair.synthetic.spread(drawn.synthetic))
            let balls = Coverage.Balls(
                realManifold: ofFirst.radii(Coverage.manifoldNeighbours, weights: w),
                realDensity: ofFirst.radii(Coverage.densityNeighbours, weights: w),
                syntheticManifold: ofSecond.radii(Coverage.manifoldNeighbours, weights: v))
            var count = Coverage.Count(real: w.count, synthetic: v.count)
            let chosen = v.indices.filter { v[$0] > 0 }
            for row in w.indices where w[row] > 0 {
                let base = row * squares.columns
                for column in chosen {
                    count.add(squares.values[base + column], real: row, synthetic: column, balls, weight: w[row])
                }
            }
            return Coverage(count, real: w, synthetic: v)
        }
        let shares = (Double(first.count) / Double(real.count), Double(second.count) / Double(synthetic.count))
        return Resampled(
            values: values, units: pair.fewerUnits, scale: max(shares.0, shares.1).squareRoot(),
            isOfPart: min(shares.0, shares.1) < 1)
    }

    private func part(of table: FeatureTable, _ draw: EvaluationDraw, most: Int) throws -> FeatureTable {
        guard table.count > most else { return table }
        let order = draw.indices(seed: seed).permutation(table.count)
        return try FeatureTable(table, rows: Array(order.prefix(most)))
    }

    private static func all(_ distances: SquaredDistances, on compute: Compute) throws -> Matrix {
        let blocks = SquaredDistances.ranges(distances.first.count, by: SquaredDistances.blockRows)
        let columns = distances.second.count
        let all = Lock(Matrix(rows: distances.first.count, columns: columns))
        _ = try compute.map(blocks.count) { block in
            let values = try distances.block(blocks[block], 0..<columns).values
            let places = blocks[block].lowerBound * columns..<blocks[block].upperBound * columns
            all.withLock { $0.values.replaceSubrange(places, with: values) }
        }
        return all.withLock { $0 }
    }
}
