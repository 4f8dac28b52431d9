import Tensors
import Testing

@testable import Evaluation

/// Whether the intervals hold the true value, on pairs of sets drawn from distributions whose distance is known.
@Suite struct IntervalTests {
    /// Values uniform in `shift` ..< 1 + `shift`, independent within a row.
    static func table(_ seed: Int, _ count: Int, shift: Double) throws -> FeatureTable {
        let dimension = 8
        let values = (0..<count * dimension).map { Float(HashedFeatures.uniform(seed, $0) + shift) }
        return try FeatureTable(extractor: "drawn", dimension: dimension, values: values)
    }

    /// The kernel distance of two such distributions: E k over independent rows, from the moments of sums of products.
    static func distance(shift: Double) -> Double {
        // k = (s / d + 1)^3 with s a sum of d independent products; its moments from those of one product.
        func mean(_ a: Double, _ b: Double) -> Double {
            func moment(_ power: Int, _ shift: Double) -> Double {
                func raised(_ x: Double) -> Double { (0...power).reduce(1.0) { product, _ in product * x } }
                return (raised(1 + shift) - raised(shift)) / Double(power + 1)
            }
            let products = (1...3).map { moment($0, a) * moment($0, b) }, d = 8.0
            let first = d * products[0]
            let second = d * products[1] + d * (d - 1) * products[0] * products[0]
            let third =
                d * products[2] + 3 * d * (d - 1) * products[1] * products[0]
                + d * (d - 1) * (d - 2) * products[0] * products[0] * products[0]
            return third / (d * d * d) + 3 * second / (d * d) + 3 * first / d + 1
        }
        return mean(0, 0) + mean(shift, shift) - 2 * mean(0, shift)
    }

    @Test(arguments: [0, 0.05, 0.2])
    func intervalsOfTheKernelDistanceHoldTheTrueValue(shift: Double) throws {
        let compute = Compute(threads: 2), pairs = 40
        let held = try (0..<pairs).count { trial in
            let real = try Self.table(10 + 2 * trial, 80, shift: 0)
            let synthetic = try Self.table(11 + 2 * trial, 100, shift: shift)
            let comparison = try SetComparison(real: real, synthetic: synthetic, seed: UInt64(trial))
            let kernel = try KernelDistance(real, synthetic, comparison.pair, on: compute)
            let score = try comparison.kernelDistance(kernel, on: compute)
            return try #require(score.interval).contains(Self.distance(shift: shift))
        }
        #expect(held >= pairs * 9 / 10)
    }

    /// A Frechet distance is too large by what few images cost, so its interval is held against its own mean.
    @Test func intervalsOfTheFrechetDistanceHoldItsMean() throws {
        let compute = Compute(threads: 2), pairs = 40
        let scores = try (0..<pairs).map { trial in
            try SetComparison(
                real: Self.table(10 + 2 * trial, 100, shift: 0), synthetic: Self.table(11 + 2 * trial, 100, shift: 0.1),
                seed: UInt64(trial)
            ).frechetDistance(on: compute)
        }
        let mean = scores.reduce(0) { $0 + ($1.value ?? 0) } / Double(pairs)
        #expect(scores.count { $0.interval?.contains(mean) == true } >= pairs * 9 / 10)
    }

    /// Of a set that is resampled in part beside a small one: what the images of the small one add to the scatter does
    /// not shrink.
    @Test(arguments: [(30, 1_000, false), (1_000, 30, false), (400, 400, true)])
    func intervalsOfCoverageHoldItsMeanWhereAPartIsResampled(real: Int, synthetic: Int, isScaled: Bool) throws {
        let compute = Compute(threads: 2), trials = 12
        var found: [(value: Double, interval: ClosedRange<Double>)] = []
        for trial in 0..<trials {
            let comparison = try SetComparison(
                real: Self.table(30 + 2 * trial, real, shift: 0),
                synthetic: Self.table(31 + 2 * trial, synthetic, shift: 0.2), seed: UInt64(trial))
            let name = real > synthetic ? "recall" : "precision"
            let score = try #require(try comparison.coverage(most: 100, on: compute).first { $0.name == name })
            let warning = isScaled ? ", scaled to all of them" : ", wider than that of all of them"
            #expect(score.warnings.last == "the interval is that of 100 images of a set" + warning)
            found.append((try #require(score.value), try #require(score.interval)))
        }
        let mean = found.reduce(0) { $0 + $1.value } / Double(trials)
        #expect(found.count { $0.interval.contains(mean) } >= trials * 9 / 10)
    }

    @Test func quantilesOfStudentAreThoseOfItsTables() {
        for (freedom, expected) in [(1, 12.7062), (2, 4.3027), (3, 3.1824), (5, 2.5706), (10, 2.2281), (100, 1.9840)] {
            #expect(abs(StudentQuantile.upper(freedom) / expected - 1) < 0.004)
        }
    }
}
