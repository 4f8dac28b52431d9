import Tensors

/// The squared maximum mean discrepancy of two sets under the cubic kernel, unbiased (Binkowski et al., "Demystifying
/// MMD GANs", ICLR 2018, arXiv 1801.01401, equation 4 and section 3; Gretton et al., JMLR 13, 2012, equation 3). It can
/// come out a little below 0 where the sets are alike.
struct KernelDistance: Sendable {
    let pair: ResampledPair
    /// Sums within the real set, within the synthetic one, and between them, by units of `pair`.
    let real: KernelSums
    let synthetic: KernelSums
    let between: KernelSums

    init(_ realTable: FeatureTable, _ syntheticTable: FeatureTable, _ pair: ResampledPair, on compute: Compute) throws {
        self.pair = pair
        real = try KernelSums(within: realTable, pair.real, on: compute)
        synthetic = try KernelSums(within: syntheticTable, pair.synthetic, on: compute)
        between = try KernelSums(realTable, pair.real, syntheticTable, pair.synthetic, on: compute)
    }

    /// Replicates of the bootstrap.
    static let replicates = 1_000

    /// The distance of the whole sets; nil where one of them has a single image.
    var value: Double? {
        let counts = (pair.real.sizes.reduce(0, +), pair.synthetic.sizes.reduce(0, +))
        guard counts.0 > 1, counts.1 > 1 else { return nil }
        let (n, m) = (Double(counts.0), Double(counts.1))
        return total(real) / (n * (n - 1)) + total(synthetic) / (m * (m - 1)) - 2 * total(between) / (n * m)
    }

    private func total(_ sums: KernelSums) -> Double { sums.sums.values.reduce(0, +) }

    /// The distance in replicates of the bootstrap over units.
    ///
    /// A unit drawn twice would pair its images with themselves, and such pairs lift the estimate: they are left out of
    /// sums and counts alike, so a replicate is the unbiased estimate over pairs of different images. Pairs within one
    /// draw of a group count as in the value.
    func resampled(on compute: Compute) throws -> Replicates {
        let weights = try compute.map(Self.replicates) { pair.weights($0) }
        let blocks = stride(from: 0, to: weights.count, by: 100).map { $0..<min($0 + 100, weights.count) }
        let values = try compute.map(blocks.count) { block -> [Double] in
            let drawn = weights[blocks[block]]
            let ofReal = Matrix(stacking: drawn.map(\.real)), ofSynthetic = Matrix(stacking: drawn.map(\.synthetic))
            let first = Self.within(ofReal, real, pair.real),
                second = Self.within(ofSynthetic, synthetic, pair.synthetic)
            let crossed = ofReal.times(between.sums)
            return drawn.indices.map { index in
                let place = index - drawn.startIndex
                let pairs =
                    Self.count(drawn[index].real, pair.real) * Self.count(drawn[index].synthetic, pair.synthetic)
                let cross = dot(crossed.row(place), drawn[index].synthetic[...])
                return first[place] + second[place] - 2 * cross / pairs
            }
        }
        return Replicates(values.flatMap { $0 }, units: pair.fewerUnits)
    }

    /// The mean kernel over pairs of different images of one set, in each of the replicates, one a row of `weights`.
    private static func within(_ weights: Matrix, _ kernel: KernelSums, _ units: ResamplingUnits) -> [Double] {
        let products = weights.times(kernel.sums)
        return (0..<weights.rows).map { row in
            let drawn = weights.row(row)
            var sum = dot(products.row(row), drawn), total = 0.0, left = 0.0
            for (unit, weight) in drawn.enumerated() {
                let size = Double(units.sizes[unit])
                // Of w draws of a unit, w (w - 1) ordered pairs are of the unit with itself.
                let again = weight * (weight - 1)
                sum -= again * kernel.sums[unit, unit]
                total += weight * size
                left += again * size * size + weight * size
            }
            return sum / (total * total - left)
        }
    }

    private static func count(_ weights: [Double], _ units: ResamplingUnits) -> Double {
        zip(weights, units.sizes).reduce(0) { $0 + $1.0 * Double($1.1) }
    }
}

/// The sum of the products of two rows.
func dot(_ first: ArraySlice<Double>, _ second: ArraySlice<Double>) -> Double {
    zip(first, second).reduce(0) { $0 + $1.0 * $1.1 }
}
