import Numbers

/// Features of the grey-level co-occurrence matrix (GLCM): how often two levels are neighbours. One symmetric matrix a
/// direction; the features are means over the four (pyradiomics, `glcm.py`; IBSI, section 3.6).
struct CooccurrenceFeatures {
    static let names = [
        "Autocorrelation", "ClusterProminence", "ClusterShade", "ClusterTendency", "Contrast", "Correlation",
        "DifferenceAverage", "DifferenceEntropy", "DifferenceVariance", "Id", "Idm", "Idmn", "Idn", "Imc1", "Imc2",
        "InverseVariance", "JointAverage", "JointEnergy", "JointEntropy", "MCC", "MaximumProbability", "SumAverage",
        "SumEntropy", "SumSquares",
    ]

    /// In the order of `names`.
    let values: [Double]

    init(_ grey: BinnedLevels) {
        let each = BinnedLevels.directions.map { Cooccurrence(grey, direction: $0).features }
        // Only Imc2 can be no number, by rounding under its root; then the direction does not count.
        values = Self.names.indices.map { feature in TextureSums.mean(each.map { $0[feature] }) ?? 0 }
    }
}

/// The co-occurrence matrix of one direction.
struct Cooccurrence {
    /// Shares of the pairs, of the levels that occur: square, symmetric, of sum 1.
    let shares: [Double]
    /// The levels that occur, and the highest.
    let levels: [Double]
    let highest: Int

    init(_ grey: BinnedLevels, direction: (Int, Int)) {
        let count = grey.present.count
        var places = [Int](repeating: 0, count: grey.highest + 1)
        for (place, level) in grey.present.enumerated() { places[level] = place }
        var pairs = [Double](repeating: 0, count: count * count)
        for row in 0..<grey.height {
            for column in 0..<grey.width where grey.contains(row + direction.0, column + direction.1) {
                let here = places[grey.levels[row * grey.width + column]]
                let there = places[grey.levels[(row + direction.0) * grey.width + column + direction.1]]
                pairs[here * count + there] += 1
                pairs[there * count + here] += 1
            }
        }
        let sum = pairs.reduce(0, +)
        shares = pairs.map { $0 / sum }
        levels = grey.present.map(Double.init)
        highest = grey.highest
    }

    var features: [Double] {
        let count = levels.count
        let margin = (0..<count).map { row in shares[row * count..<(row + 1) * count].reduce(0, +) }
        let mean = zip(levels, margin).reduce(0) { $0 + $1.0 * $1.1 }
        /// The sum of the shares, each weighted by a function of its two levels.
        func sum(_ weight: (Double, Double) -> Double) -> Double {
            var result = 0.0
            for row in 0..<count {
                for column in 0..<count { result += shares[row * count + column] * weight(levels[row], levels[column]) }
            }
            return result
        }
        func centred(_ power: Int) -> Double {
            sum { first, second in
                let from = first + second - 2 * mean
                return power == 2 ? from * from : power == 3 ? from * from * from : from * from * from * from
            }
        }
        let differences = distribution(of: highest) { abs($0 - $1) }
        let sums = distribution(of: 2 * highest + 1) { $0 + $1 }
        func overDifferences(_ weight: (Double) -> Double) -> Double {
            differences.enumerated().reduce(0) { $0 + $1.element * weight(Double($1.offset)) }
        }
        let apart = overDifferences { $0 }, top = Double(highest)
        let variance = sum { first, _ in (first - mean) * (first - mean) }
        let correlation = sum { ($0 - mean) * ($1 - mean) } / (variance + TextureSums.tiny)
        let entropy = TextureSums.entropy(shares)
        let (imc1, imc2) = information(margin, entropy: entropy)
        return [
            sum { $0 * $1 }, centred(4), centred(3), centred(2), sum { ($0 - $1) * ($0 - $1) },
            variance == 0 ? 1 : correlation, apart, TextureSums.entropy(differences),
            overDifferences { ($0 - apart) * ($0 - apart) }, overDifferences { 1 / (1 + $0) },
            overDifferences { 1 / (1 + $0 * $0) }, overDifferences { 1 / (1 + $0 * $0 / (top * top)) },
            overDifferences { 1 / (1 + $0 / top) }, imc1, imc2, overDifferences { $0 == 0 ? 0 : 1 / ($0 * $0) }, mean,
            shares.reduce(0) { $0 + $1 * $1 }, entropy, maximalCorrelation(margin), shares.max() ?? 0,
            sums.enumerated().reduce(0) { $0 + $1.element * Double($1.offset) }, TextureSums.entropy(sums), variance,
        ]
    }

    /// The shares gathered by a whole number that two levels make.
    private func distribution(of size: Int, by key: (Double, Double) -> Double) -> [Double] {
        var result = [Double](repeating: 0, count: size)
        for row in levels.indices {
            for column in levels.indices {
                result[Int(key(levels[row], levels[column]))] += shares[row * levels.count + column]
            }
        }
        return result
    }

    /// The informational measures of correlation.
    private func information(_ margin: [Double], entropy: Double) -> (Double, Double) {
        let own = TextureSums.entropy(margin)
        var first = 0.0, second = 0.0
        for row in margin.indices {
            for column in margin.indices {
                let product = margin[row] * margin[column]
                let bits = TextureSums.logarithm(product + TextureSums.tiny)
                first -= shares[row * margin.count + column] * bits
                second -= product * bits
            }
        }
        let imc1 = own == 0 ? 0 : (entropy - first) / own
        let imc2 = second == entropy ? 0 : (1 - ElementaryFunctions.exp(-2 * (second - entropy))).squareRoot()
        return (imc1, imc2)
    }

    /// The maximal correlation coefficient, the root of the second largest eigenvalue of Q(i, j) = sum_k p(i, k) p(j,
    /// k) / (p(i) p(k)). With A(i, k) = p(i, k) / sqrt(p(i) p(k)), which is symmetric, Q has the eigenvalues of A^2, so
    /// that it is the second largest magnitude among those of A.
    private func maximalCorrelation(_ margin: [Double]) -> Double {
        let count = margin.count
        guard count > 1 else { return 1 }
        var matrix = [Double](repeating: 0, count: count * count)
        for row in 0..<count {
            for column in 0..<count where margin[row] > 0 && margin[column] > 0 {
                matrix[row * count + column] =
                    shares[row * count + column] / (margin[row] * margin[column]).squareRoot()
            }
        }
        return SymmetricEigenvalues(matrix, side: count).values.map(abs).sorted(by: >)[1]
    }
}
