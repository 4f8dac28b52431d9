import Tensors

/// Real and synthetic images by what is measured of each: distances of distributions, with intervals over patients.
struct DomainComparison {
    private let real: DomainProfiles, synthetic: DomainProfiles
    private let modality: DomainModality?
    private let pair: ResampledPair

    static let replicates = 400
    /// Images of a set that have a number, without which no distance of it is made.
    static let fewest = 5

    init(real: DomainProfiles, synthetic: DomainProfiles, _ modality: DomainModality?, seed: UInt64) {
        (self.real, self.synthetic, self.modality) = (real, synthetic, modality)
        func units(_ set: DomainProfiles, _ bins: EvaluationDraw) -> ResamplingUnits {
            ResamplingUnits(groups: set.groups, count: set.count, seed: seed, bins: bins)
        }
        pair = ResampledPair(
            real: units(real, .realBins), synthetic: units(synthetic, .syntheticBins), seed: seed)
    }

    /// How often each row counts, of both sets.
    private typealias Weights = (real: [Double], synthetic: [Double])

    /// All numbers, in the order of the report.
    func scores(on compute: Compute) throws -> [Score] {
        var scores = [
            try score("domain.intensity", on: compute) { weights in
                Wasserstein.ofHistograms(
                    mean(real, weights.real, \.histogram), mean(synthetic, weights.synthetic, \.histogram))
            },
            try score("domain.power_spectrum", on: compute) { weights in
                let a = mean(real, weights.real, \.spectrum), b = mean(synthetic, weights.synthetic, \.spectrum)
                let squares = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
                return 10 * (squares / Double(max(1, a.count))).squareRoot()
            },
        ]
        for value in modality?.values ?? [] {
            scores.append(try valueScore(value.name, on: compute))
            if value.name == "heart_asymmetry" { scores.append(try mirroredScore(on: compute)) }
        }
        if modality == .histology {
            for (name, first) in [("haematoxylin", 0), ("eosin", 3)] {
                scores.append(try stainScore(name, first, on: compute))
            }
        }
        return scores
    }

    /// Wasserstein's distance of the images' numbers, in standard deviations of the real ones.
    private func valueScore(_ name: String, on compute: Compute) throws -> Score {
        let a = real.profiles.map { $0.values[name] }, b = synthetic.profiles.map { $0.values[name] }
        let known = a.compactMap { $0 }, others = b.compactMap { $0 }
        guard known.count >= Self.fewest, others.count >= Self.fewest else {
            return missing("domain.\(name)", "\(known.count) real and \(others.count) synthetic images have one")
        }
        let mean = known.reduce(0, +) / Double(known.count)
        let deviation = (known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(known.count)).squareRoot()
        guard deviation > 0 else { return missing("domain.\(name)", "all real images have the same") }
        let distance = Wasserstein(a, b)
        var score = try score("domain.\(name)", on: compute) { weights in
            distance.value(weights.real, weights.synthetic) / deviation
        }
        let absent = a.count - known.count + b.count - others.count
        if absent > 0 { score.warnings.append("\(absent) images have none") }
        return score
    }

    /// The share of synthetic images whose heart lies to the left of the image, less that of real ones.
    private func mirroredScore(on compute: Compute) throws -> Score {
        func share(_ set: DomainProfiles, _ weights: [Double]) -> Double {
            var left = 0.0, all = 0.0
            for (profile, weight) in zip(set.profiles, weights) {
                guard let side = profile.values["heart_asymmetry"] else { continue }
                all += weight
                if side < 0 { left += weight }
            }
            return left / all
        }
        let known = [real, synthetic].map { set in set.profiles.count { $0.values["heart_asymmetry"] != nil } }
        guard known.allSatisfy({ $0 >= Self.fewest }) else {
            let reason = "of \(known[0]) real and \(known[1]) synthetic images the side is told"
            return missing("domain.mirrored_hearts", reason, .none)
        }
        var score = try score("domain.mirrored_hearts", on: compute, direction: .none) { weights in
            share(synthetic, weights.synthetic) - share(real, weights.real)
        }
        score.warnings.append("the side is told rightly of about 87 % of PA and 78 % of AP images of adults")
        return score
    }

    /// Degrees between the mean vectors of a stain.
    private func stainScore(_ name: String, _ first: Int, on compute: Compute) throws -> Score {
        func mean(_ set: DomainProfiles, _ weights: [Double]) -> [Double] {
            var sums = [0.0, 0.0, 0.0]
            for (profile, weight) in zip(set.profiles, weights) where !profile.stains.isEmpty {
                for channel in 0..<3 { sums[channel] += weight * profile.stains[first + channel] }
            }
            return sums
        }
        let fewest = [real, synthetic].map { set in set.profiles.count { !$0.stains.isEmpty } }.min() ?? 0
        guard fewest >= Self.fewest else { return missing("domain.\(name)", "too few images have enough tissue") }
        return try score("domain.\(name)", on: compute) { weights in
            let a = mean(real, weights.real), b = mean(synthetic, weights.synthetic)
            let cross = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
            let length = cross.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let degrees = Arctangent.of(y: length, x: a[0] * b[0] + a[1] * b[1] + a[2] * b[2]) * 180 / .pi
            // A drawing of one set may hold no image with stains: it has no angle.
            return a == [0, 0, 0] || b == [0, 0, 0] ? .nan : degrees
        }
    }

    /// The weighted mean of what each image has as a row of numbers.
    private func mean(_ set: DomainProfiles, _ weights: [Double], _ path: KeyPath<DomainProfile, [Double]>) -> [Double]
    {
        var sums = [Double](repeating: 0, count: set.profiles[0][keyPath: path].count), all = 0.0
        for (profile, weight) in zip(set.profiles, weights) where weight > 0 {
            all += weight
            for (place, value) in profile[keyPath: path].enumerated() { sums[place] += weight * value }
        }
        return sums.map { $0 / all }
    }

    private func score(
        _ name: String, on compute: Compute, direction: Score.Direction = .lower, _ value: (Weights) -> Double
    ) throws -> Score {
        let ones: Weights = (
            [Double](repeating: 1, count: real.count), [Double](repeating: 1, count: synthetic.count)
        )
        var score = Score(
            name, value: value(ones), counts: (real.count, synthetic.count), features: nil, direction: direction)
        score.warnings = pair.warnings
        guard let found = score.value else { return score }
        let replicates = try compute.map(Self.replicates) { replicate in
            let drawn = pair.weights(replicate)
            return value((pair.real.spread(drawn.real), pair.synthetic.spread(drawn.synthetic)))
        }
        score.interval = Replicates(replicates, units: pair.fewerUnits).interval(
            about: found, within: direction == .lower ? 0...Double.infinity : -1...1)
        return score
    }

    private func missing(_ name: String, _ reason: String, _ direction: Score.Direction = .lower) -> Score {
        Score(name, missing: reason, counts: (real.count, synthetic.count), features: nil, direction: direction)
    }
}

/// Wasserstein's first distance in one dimension: the area between two distribution functions (Vallender 1974).
struct Wasserstein: Sendable {
    /// The values of both sets, ascending, with the set and the row of each.
    private let sorted: [(value: Double, isFirst: Bool, row: Int)]

    /// Rows without a value do not count.
    init(_ first: [Double?], _ second: [Double?]) {
        let a = first.enumerated().compactMap { row, value in value.map { (value: $0, isFirst: true, row: row) } }
        let b = second.enumerated().compactMap { row, value in value.map { (value: $0, isFirst: false, row: row) } }
        sorted = (a + b).sorted { ($0.value, $0.isFirst ? 0 : 1, $0.row) < ($1.value, $1.isFirst ? 0 : 1, $1.row) }
    }

    /// - Parameters: how often each row counts.
    func value(_ first: [Double], _ second: [Double]) -> Double {
        var totals = (0.0, 0.0)
        for entry in sorted {
            if entry.isFirst { totals.0 += first[entry.row] } else { totals.1 += second[entry.row] }
        }
        var sums = (0.0, 0.0), area = 0.0
        for (place, entry) in sorted.enumerated() {
            if entry.isFirst { sums.0 += first[entry.row] } else { sums.1 += second[entry.row] }
            guard place + 1 < sorted.count else { break }
            area += abs(sums.0 / totals.0 - sums.1 / totals.1) * (sorted[place + 1].value - entry.value)
        }
        return area
    }

    /// Between shares of levels that lie one apart.
    static func ofHistograms(_ a: [Double], _ b: [Double]) -> Double {
        var difference = 0.0, area = 0.0
        for (first, second) in zip(a, b) {
            difference += first - second
            area += abs(difference)
        }
        return area
    }
}
