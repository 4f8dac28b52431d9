import Testing

@testable import Evaluation

/// Numbers without an interval, or with one that rests on little, and what is said of it.
extension SetComparisonTests {
    /// Every drawing of two images that has a pair is the two: an interval of no width would say that they are sure.
    @Test(arguments: [(2, 2, "real"), (2, 40, "real"), (40, 2, "synthetic")])
    func twoImagesHaveNoIntervalOfTheirPairs(real: Int, synthetic: Int, name: String) throws {
        let scores = try Self.scores(SetComparison(real: Self.table(1, real), synthetic: Self.table(2, synthetic)))
        for number in ["kernel_distance", "kid"] {
            let score = try #require(scores[number])
            #expect(score.value != nil && score.interval == nil, "\(number)")
            #expect(score.warnings.contains("no interval: the \(name) set has two images"), "\(number)")
        }
    }

    /// The ratio is of three sets, and its interval rests on the units of each.
    @Test(arguments: [
        (1, "no interval: the training set has one of groups"),
        (4, "the interval rests on 4 groups of the training set"),
    ])
    func fewGroupsOfTrainingAreSaidOfTheRatio(groups: Int, warning: String) throws {
        let train = try Self.table(3, 40, groups: (0..<40).map { "\($0 % groups)" })
        let comparison = try SetComparison(real: Self.table(1, 40), synthetic: Self.table(2, 40), train: train)
        let score = try #require(Self.scores(comparison)["frechet_ratio"])
        #expect(score.value != nil && (score.interval == nil) == (groups == 1))
        #expect(score.warnings == [warning])
    }
}
