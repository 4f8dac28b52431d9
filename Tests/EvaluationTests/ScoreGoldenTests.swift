import Foundation
import JSON
import Tensors
import Testing

@testable import Evaluation

/// Every number beside its reference: `Tests/Fixtures/evaluation/make_scores.py`.
@Suite struct ScoreGoldenTests {
    static let golden = Result {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try JSONReader().read(
            Array(Data(contentsOf: tests.appendingPathComponent("Fixtures/evaluation/scores.json"))))
    }

    static func value(_ set: String, _ name: String) throws -> Double {
        try #require(golden.get()[set]?[name]?.number?.double)
    }

    static func tables(_ set: String) throws -> (real: FeatureTable, synthetic: FeatureTable, train: FeatureTable) {
        func table(_ seed: Int, _ count: Int, _ dimension: Int, _ shift: Double) throws -> FeatureTable {
            try HashedFeatures.table(seed, count: count, dimension: dimension, shift: shift)
        }
        return set == "96"
            ? try (table(1, 900, 96, 0), table(2, 700, 96, 0.02), table(3, 700, 96, 0.005))
            : try (table(4, 400, 1280, 0), table(5, 400, 1280, 0.01), table(6, 400, 1280, 0.005))
    }

    static func isClose(_ got: Double?, _ expected: Double, within tolerance: Double) -> Bool {
        got.map { abs($0 - expected) <= tolerance * abs(expected) } ?? false
    }

    @Test func featuresAreThoseOfTheScript() throws {
        let table = try Self.tables("96").synthetic
        let expected = try #require(Self.golden.get()["feature"]?.array?.map(\.number?.double))
        #expect(try [table[0].first!, Array(table[3])[5], table[699].last!].map { Double($0) } == expected)
    }

    @Test(arguments: ["96", "1280"])
    func kernelDistanceIsTheUnbiasedOne(set: String) throws {
        let (real, synthetic, _) = try Self.tables(set)
        let pair = ResampledPair(real: real, synthetic: synthetic, seed: 0)
        let distance = try KernelDistance(real, synthetic, pair, on: Compute(threads: 2))
        #expect(Self.isClose(distance.value, try Self.value(set, "kernel_distance"), within: 1e-6))
    }

    @Test(arguments: ["96", "1280"])
    func frechetDistanceIsThatOfSciPyAndTorchFidelity(set: String) throws {
        let (real, synthetic, _) = try Self.tables(set)
        let distance = try FrechetDistance.between(SampleMoments(real), SampleMoments(synthetic))
        #expect(Self.isClose(distance, try Self.value(set, "frechet_distance"), within: 1e-6))
        #expect(Self.isClose(distance, try Self.value(set, "fid_of_torch_fidelity"), within: 1e-6))
    }

    @Test(arguments: ["96", "1280"])
    func subsetDistanceIsThatOfTorchFidelity(set: String) throws {
        let (real, synthetic, _) = try Self.tables(set)
        let compute = Compute(threads: 2)
        let pair = ResampledPair(real: real, synthetic: synthetic, seed: 0)
        let kernel = try KernelDistance(real, synthetic, pair, on: compute)
        let subsets = try SubsetDistance(real, synthetic, kernel, on: compute)
        #expect(Self.isClose(subsets.mean, try Self.value(set, "kid"), within: 1e-6))
        // Of subsets that are the whole set the deviation is rounding.
        #expect(abs(subsets.deviation - (try Self.value(set, "kid_std"))) < 1e-10)
    }

    @Test(arguments: ["96", "1280"])
    func frechetRatioIsThatOfSciPy(set: String) throws {
        let (real, synthetic, train) = try Self.tables(set)
        let comparison = try SetComparison(real: real, synthetic: synthetic, train: train)
        let ratio = try FrechetRatio(comparison, train: train, on: Compute(threads: 2))
        #expect(Self.isClose(ratio.value, try Self.value(set, "frechet_ratio"), within: 1e-5))
    }

    @Test(arguments: ["96", "1280"])
    func frechetInfinityIsThatOfSciPy(set: String) throws {
        let (real, synthetic, _) = try Self.tables(set)
        let value = try FrechetInfinity.value(
            .init(table: real, order: Array(0..<real.count)),
            .init(table: synthetic, order: Array(0..<synthetic.count)))
        #expect(Self.isClose(value, try Self.value(set, "fd_infinity"), within: 1e-6))
    }

    @Test func inceptionScoreIsThatOfTorchFidelity() throws {
        let logits = (0..<7000).map { Float(8 * HashedFeatures.uniform(7, $0)) }
        let score = try InceptionScore(FeatureTable(extractor: "hashed", dimension: 10, values: logits))
        #expect(Self.isClose(score.mean, try Self.value("is", "mean"), within: 1e-6))
        #expect(Self.isClose(score.deviation, try Self.value("is", "std"), within: 1e-6))
    }

    @Test(arguments: ["96", "1280"])
    func coverageIsThatOfPRDC(set: String) throws {
        let (real, synthetic, _) = try Self.tables(set)
        let comparison = try SetComparison(real: real, synthetic: synthetic)
        let coverage = try CoverageMeasurement(comparison, on: Compute(threads: 2)).value
        #expect(Self.isClose(coverage.precision, try Self.value(set, "prdc_precision"), within: 1e-6))
        // torch-fidelity gives single precision, and takes a row on the edge of a ball as inside.
        #expect(Self.isClose(coverage.precision, try Self.value(set, "precision"), within: 1e-6))
        #expect(Self.isClose(coverage.recall, try Self.value(set, "recall"), within: 1e-6))
        #expect(Self.isClose(coverage.density, try Self.value(set, "density"), within: 1e-6))
        #expect(Self.isClose(coverage.coverage, try Self.value(set, "coverage"), within: 1e-6))
    }

    @Test(arguments: ["96", "1280"])
    func vendiScoreIsThatOfItsAuthors(set: String) throws {
        let value = try VendiScore.value(Self.tables(set).synthetic)
        #expect(Self.isClose(value, try Self.value(set, "vendi"), within: 1e-6))
    }

    @Test(arguments: ["96", "1280"])
    func distancesToTrainingImagesAreRankedAsBySciPy(set: String) throws {
        let (real, synthetic, train) = try Self.tables(set)
        let comparison = try SetComparison(real: real, synthetic: synthetic, train: train)
        let neighbours = try TrainingNeighbours(comparison, train: train, on: Compute(threads: 2))
        #expect(Self.isClose(neighbours.authenticity(), try Self.value(set, "authpct"), within: 1e-6))
        #expect(Self.isClose(neighbours.copyingTest(), try Self.value(set, "c_t"), within: 1e-6))
    }
}
