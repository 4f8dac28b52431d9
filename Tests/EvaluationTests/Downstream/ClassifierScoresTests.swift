import Foundation
import JSON
import Testing

@testable import Evaluation

/// Areas under curves and balanced accuracy against scikit-learn's (`make_classifier.py`), and their intervals.
@Suite struct ClassifierScoresTests {
    private func numbers(_ value: JSONValue?) -> [Double] { (value?.array ?? []).compactMap { $0.number?.double } }

    @Test func areasAreThoseOfScikitLearn() throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: tests.appendingPathComponent("Fixtures/evaluation/classifier.json"))
        let golden = try JSONReader().read(Array(data))
        let labels = numbers(golden["labels"]).map { Int($0) }
        let raw = try #require(golden["scores"]?.array).flatMap { numbers($0) }.map { Float($0) }
        let values = ClassifierScores(raw, labels: labels, classes: 3).values(numbers(golden["weights"]))
        #expect(zip(values.aucs, numbers(golden["aucs"])).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(abs(values.balanced - (golden["balanced"]?.number?.double ?? 0)) < 1e-12)
        #expect(abs(values.auc - values.aucs.reduce(0, +) / 3) < 1e-15)
    }

    @Test func aPerfectClassifierHasOneAndAMirroredOneZero() {
        let labels = [0, 0, 1, 1], right: [Float] = [0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.4, 0.6]
        let ones = [Double](repeating: 1, count: 4)
        #expect(ClassifierScores(right, labels: labels, classes: 2).values(ones).flat.allSatisfy { $0 == 1 })
        let wrong = ClassifierScores(right, labels: labels.reversed(), classes: 2).values(ones)
        #expect(wrong.flat.allSatisfy { $0 == 0 })
    }

    @Test func aClassWithoutImagesGivesNoNumber() {
        let scores = ClassifierScores([0.9, 0.1, 0.8, 0.2], labels: [0, 0], classes: 2).values([1, 1])
        #expect(!scores.auc.isFinite && !scores.balanced.isFinite)
    }
}
