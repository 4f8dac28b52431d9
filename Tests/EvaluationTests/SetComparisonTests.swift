import Tensors
import Testing

@testable import Evaluation

@Suite struct SetComparisonTests {
    static func table(
        _ seed: Int, _ count: Int, dimension: Int = 12, groups: [String]? = nil, extractor: String = "hashed"
    ) throws -> FeatureTable {
        try HashedFeatures.table(
            seed, count: count, dimension: dimension, shift: 0.05, groups: groups, extractor: extractor)
    }

    static func scores(_ comparison: SetComparison, threads: Int = 2) throws -> [String: Score] {
        let scores = try comparison.scores(on: Compute(threads: threads))
        return Dictionary(uniqueKeysWithValues: scores.map { ($0.name, $0) })
    }

    @Test func identicalSetsAreAtNoDistanceAndCoverEachOther() throws {
        let table = try Self.table(1, 60)
        let scores = try Self.scores(SetComparison(real: table, synthetic: table, train: Self.table(2, 60)))
        #expect(try abs(#require(scores["frechet_distance"]?.value)) < 1e-9)
        #expect(try abs(#require(scores["frechet_ratio"]?.value)) < 1e-9)
        #expect(scores["precision"]?.value == 1)
        #expect(scores["recall"]?.value == 1)
        #expect(scores["coverage"]?.value == 1)
        // Unbiased: of a set with itself the pairs of an image with itself stand between the sets alone.
        #expect(try #require(scores["kernel_distance"]?.value) < 0)
    }

    @Test func everyNumberHasItsIntervalAboutIt() throws {
        let logits = try Self.table(9, 50)
        let comparison = try SetComparison(
            real: Self.table(1, 60), synthetic: Self.table(2, 50), train: Self.table(3, 70), logits: logits, seed: 3)
        let scores = try comparison.scores(on: Compute(threads: 2))
        #expect(
            scores.map(\.name) == [
                "kernel_distance", "frechet_ratio", "kid", "fid", "frechet_distance", "fd_infinity", "is", "precision",
                "recall", "density", "coverage", "vendi", "authpct", "c_t",
            ])
        for score in scores {
            let value = try #require(score.value, "\(score.name)"),
                interval = try #require(score.interval, "\(score.name)")
            #expect(interval.contains(value), "\(score.name)")
            #expect(interval.lowerBound < interval.upperBound, "\(score.name)")
        }
    }

    @Test func threadsChangeNoBitAndSeedsDo() throws {
        func all(_ threads: Int, seed: UInt64) throws -> [Score] {
            let comparison = try SetComparison(
                real: Self.table(1, 300), synthetic: Self.table(2, 280), train: Self.table(3, 310), seed: seed)
            return try comparison.scores(on: Compute(threads: threads))
        }
        let once = try all(1, seed: 5)
        #expect(try all(3, seed: 5) == once)
        let other = try all(2, seed: 6)
        #expect(zip(once, other).contains { $0.interval != $1.interval })
    }

    @Test func onlyInceptionMakesAFID() throws {
        let comparison = try SetComparison(
            real: Self.table(1, 20, extractor: "inception-v3"), synthetic: Self.table(2, 20, extractor: "inception-v3"))
        let scores = try Self.scores(comparison)
        #expect(scores["fid"]?.value != nil)
        #expect(scores["frechet_distance"] == nil)
        #expect(scores["fid"]?.warnings.contains { $0.contains("Inception") } == false)
    }

    @Test(arguments: ["efficientnet-lite0", "radiomics", "dinov2", "dinov2 1 224 bicubic"])
    func otherExtractorsHaveNoFID(extractor: String) throws {
        let (real, made) = try (Self.table(1, 20, extractor: extractor), Self.table(2, 20, extractor: extractor))
        let scores = try Self.scores(SetComparison(real: real, synthetic: made))
        #expect(scores["frechet_distance"]?.value != nil)
        #expect(scores["fid"]?.value == nil && scores["fid"]?.reason == "only of Inception-v3's features")
        let summary = EvaluationReport(
            sets: [], scores: [Score](scores.values), features: ["name": .string(extractor)]
        ).summary
        #expect(summary.numbers.contains { $0.name == "frechet_distance" })
        #expect(!summary.numbers.contains { $0.name == "fid" })
    }

    /// Only who made them knows whether they are Inception's.
    @Test func givenFeaturesHaveTheDistanceUnderBothNames() throws {
        let (real, made) = try (Self.table(1, 20, extractor: "given"), Self.table(2, 20, extractor: "given"))
        let scores = try Self.scores(SetComparison(real: real, synthetic: made))
        let fid = try #require(scores["fid"]), distance = try #require(scores["frechet_distance"])
        #expect(fid.value != nil && fid.value == distance.value && fid.interval == distance.interval)
        #expect(fid.warnings.last?.contains("only if Inception-v3 made the given features") == true)
    }

    @Test func setsOfDifferentFeaturesAreRefused() throws {
        let real = try Self.table(1, 20)
        #expect {
            try SetComparison(real: real, synthetic: Self.table(2, 20, dimension: 11))
        } throws: { "\($0)".contains("expected 12 values a row, as of the real ones, got 11") }
        #expect {
            try SetComparison(real: real, synthetic: real, train: Self.table(2, 20, extractor: "other"))
        } throws: { "\($0)".contains("features of the training images: expected hashed") }
        #expect(throws: EvaluationError.self) {
            try SetComparison(real: real, synthetic: real, logits: Self.table(2, 19))
        }
    }

    /// One image, fewer than the neighbours, equal ones: numbers or reasons, never anything else.
    @Test(arguments: [(1, 1), (1, 30), (30, 1), (2, 2), (3, 5), (4, 9)])
    func fewImagesGiveReasons(real: Int, synthetic: Int) throws {
        let comparison = try SetComparison(
            real: Self.table(1, real), synthetic: Self.table(2, synthetic), train: Self.table(3, 2),
            logits: Self.table(4, synthetic))
        for score in try comparison.scores(on: Compute(threads: 1)) {
            #expect((score.value == nil) == (score.reason != nil), "\(score.name)")
            #expect(score.value?.isFinite != false)
        }
        let scores = try Self.scores(comparison)
        if min(real, synthetic) < 6 { #expect(scores["density"]?.reason?.contains("fewer than 6") == true) }
        if real == 1 { #expect(scores["kernel_distance"]?.reason == "the real set has one image") }
    }

    @Test func constantFeaturesGiveReasons() throws {
        let flat = try FeatureTable(extractor: "flat", dimension: 4, values: Array(repeating: 0, count: 80))
        let scores = try Self.scores(SetComparison(real: flat, synthetic: flat, train: flat))
        #expect(scores["frechet_ratio"]?.reason == "features of flat: expected rows that differ, got 20 equal ones")
        #expect(scores["vendi"]?.reason == "features of flat, row 0: expected a direction, got a row of zeros")
        #expect(scores["frechet_distance"]?.value == 0)
        #expect(scores["precision"]?.value == 0)
    }

    @Test func aSingularCovarianceHasADistance() throws {
        // Two columns that are one, and one that is constant.
        func doubled(_ seed: Int) throws -> FeatureTable {
            let table = try Self.table(seed, 40, dimension: 3)
            return try FeatureTable(
                extractor: "doubled", dimension: 5,
                values: (0..<40).flatMap { try Array(table[$0]) + [table[$0].first!, 1] })
        }
        let scores = try Self.scores(SetComparison(real: doubled(1), synthetic: doubled(2)))
        #expect(try #require(scores["frechet_distance"]?.value) > 0)
    }

    @Test func fewImagesForTheDimensionsAreWarnedOf() throws {
        let scores = try Self.scores(SetComparison(real: Self.table(1, 23), synthetic: Self.table(2, 24)))
        #expect(scores["frechet_distance"]?.warnings == ["23 real images are under twice the 12 dimensions"])
    }

    @Test func patientsAreDrawnWhole() throws {
        // Every image four times, as of one patient: no wider than the intervals of the quarter, about.
        let table = try Self.table(1, 40), other = try Self.table(2, 40)
        func repeated(_ table: FeatureTable, isGrouped: Bool) throws -> FeatureTable {
            let rows = (0..<160).map { $0 / 4 }
            return try FeatureTable(
                extractor: "hashed", dimension: 12, values: rows.flatMap { try table[$0] },
                groups: isGrouped ? rows.map { "patient \($0)" } : nil)
        }
        func width(isGrouped: Bool) throws -> Double {
            let comparison = try SetComparison(
                real: repeated(table, isGrouped: isGrouped), synthetic: repeated(other, isGrouped: isGrouped))
            let interval = try #require(Self.scores(comparison)["kernel_distance"]?.interval)
            return interval.upperBound - interval.lowerBound
        }
        #expect(try width(isGrouped: true) > 1.5 * width(isGrouped: false))
    }

    @Test func oneGroupHasNoInterval() throws {
        let real = try Self.table(1, 20, groups: Array(repeating: "one", count: 20))
        let score = try #require(
            Self.scores(SetComparison(real: real, synthetic: Self.table(2, 40)))["kernel_distance"])
        #expect(score.value != nil)
        #expect(score.interval == nil)
        #expect(score.warnings.contains("no interval: the real set has one of groups"))
    }

    /// What is good does not depend on whether there is a number.
    @Test func directionsAreTheSameWithoutANumber() throws {
        let (real, made) = try (Self.table(1, 20), Self.table(2, 20))
        let some = try Self.scores(
            SetComparison(real: real, synthetic: made, train: Self.table(3, 20), logits: Self.table(4, 20)))
        let none = try Self.scores(SetComparison(real: real, synthetic: made))
        #expect(some.mapValues(\.direction) == none.mapValues(\.direction))
        #expect(none["authpct"]?.value == nil && none["authpct"]?.direction == .higher)
    }
}
