import Numbers
import Tensors
import Testing

@testable import Evaluation

/// Numbers of large sets are made part by part, and are to the bit what they are where all is kept.
@Suite struct StreamedScoreTests {
    /// The Inception score with the probabilities of all images in one matrix.
    struct KeptInceptionScore {
        let probabilities: Matrix
        let entropies: [Double]

        init(_ logits: FeatureTable) throws {
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
            (self.probabilities, self.entropies) = (probabilities, entropies)
        }

        func score(_ rows: [(Int, Double)]) -> Double {
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

        var mean: Double {
            var generator = MersenneTwister(seed: 2020)
            let count = entropies.count, order = generator.permutation(count), splits = InceptionScore.splits
            let scores = (0..<splits).map { split in
                score(order[split * count / splits..<(split + 1) * count / splits].map { ($0, 1) })
            }
            return scores.reduce(0, +) / Double(splits)
        }

        func resampled(_ pair: ResampledPair, on compute: Compute) throws -> [Double] {
            try compute.map(InceptionScore.replicates) { replicate in
                let weights = pair.synthetic.spread(pair.weights(replicate).synthetic)
                return score(weights.enumerated().map { ($0.offset, $0.element) })
            }
        }
    }

    @Test(arguments: [1, 3]) func theInceptionScoreKeepsItsBits(threads: Int) throws {
        let groups = (0..<130).map { "patient \($0 / 3)" }
        let logits = try SetComparisonTests.table(9, 130, dimension: 37)
        let real = try SetComparisonTests.table(1, 90)
        let synthetic = try SetComparisonTests.table(2, 130, groups: groups)
        let pair = ResampledPair(real: real, synthetic: synthetic, seed: 4), compute = Compute(threads: threads)
        let kept = try KeptInceptionScore(logits), streamed = try InceptionScore(logits)
        #expect(streamed.mean == kept.mean)
        let replicates = try streamed.resampled(pair, on: compute)
        #expect(replicates.values == (try kept.resampled(pair, on: compute)))
        #expect(replicates.values.count == InceptionScore.replicates)
    }

    /// What is found of the blocks is joined as it comes, in whatever order.
    @Test(arguments: [1, 3]) func coverageKeepsItsBits(threads: Int) throws {
        let (real, synthetic) = (try SetComparisonTests.table(1, 700), try SetComparisonTests.table(2, 600))
        let compute = Compute(threads: threads)
        let measured = try CoverageMeasurement(SetComparison(real: real, synthetic: synthetic), on: compute)
        let ofReal = try NearestNeighbours(within: real, count: 5, on: compute)
        let ofSynthetic = try NearestNeighbours(within: synthetic, count: 5, on: compute)
        let balls = Coverage.Balls(
            realManifold: ofReal.radii(3), realDensity: ofReal.radii(5), syntheticManifold: ofSynthetic.radii(3))
        let distances = try SquaredDistances(real, synthetic)
        var count = Coverage.Count(real: real.count, synthetic: synthetic.count)
        for rows in SquaredDistances.ranges(real.count, by: SquaredDistances.blockRows) {
            for columns in SquaredDistances.ranges(synthetic.count, by: SquaredDistances.blockColumns) {
                let squares = try distances.block(rows, columns)
                for row in rows {
                    for (column, square) in zip(columns, squares.row(row - rows.lowerBound)) {
                        count.add(square, real: row, synthetic: column, balls)
                    }
                }
            }
        }
        let kept = Coverage(
            count, real: Array(repeating: 1, count: real.count), synthetic: Array(repeating: 1, count: synthetic.count))
        let value = measured.value
        #expect(value.precision == kept.precision && value.recall == kept.recall)
        #expect(value.density == kept.density && value.coverage == kept.coverage)
        #expect(value.density > 0 && value.precision < 1)
    }
}
