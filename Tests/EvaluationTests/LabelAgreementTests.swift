import TestSupport
import Testing

@testable import Evaluation

@Suite struct LabelAgreementTests {
    /// Rows of noise whose first value says what they show, or another thing where `isFalse`.
    private func rows(_ count: Int, seed: UInt64, isFalse: Bool = false) throws -> LabelledRows {
        var values = ramp(count * 20, seed: seed)
        let labels = (0..<count).map { $0 % 3 }
        for row in 0..<count { values[row * 20 + (isFalse ? (labels[row] + 1) % 3 : labels[row])] += 3 }
        return LabelledRows(
            features: try FeatureTable(extractor: "test", dimension: 20, values: values),
            attributes: ["view": (["a", "b", "c", "rare"], labels.map { $0 })],
            groups: (0..<count).map { "\($0 / 2)" })
    }

    @Test func imagesThatShowWhatTheySayAgree() throws {
        let found = try LabelAgreement.all(
            real: try rows(300, seed: 1), train: nil, synthetic: try rows(90, seed: 2), seed: 0)
        let view = try #require(found.first)
        #expect(found.count == 1 && view.attribute == "view" && view.real.classes == ["a", "b", "c"])
        #expect(view.real.total + view.trainedOn == 300)
        #expect((view.real.accuracy ?? 0) > 0.95 && (view.synthetic.accuracy ?? 0) > 0.95)
        let score = try #require(view.scores.last)
        #expect(score.name == "label_agreement.view" && score.interval?.contains(score.value ?? -1) == true)
        #expect(view.notes.contains { $0.contains("rare") })
    }

    /// Classes that take turns, of whose images every third one is taken: all classes are learned.
    @Test func ofManyImagesSomeAreTrainedOn() throws {
        let found = try LabelAgreement.all(
            real: try rows(60, seed: 1), train: try rows(40_002, seed: 2), synthetic: try rows(60, seed: 3), seed: 0)
        let view = try #require(found.first)
        #expect(view.trainedOn == 13_335 && (view.real.accuracy ?? 0) > 0.95)
        #expect(view.notes.contains("labels of view: trained on 13335 of 40002 images"))
    }

    @Test func imagesThatShowAnotherThingDoNot() throws {
        let found = try LabelAgreement.all(
            real: try rows(60, seed: 1), train: try rows(240, seed: 3), synthetic: try rows(90, seed: 2, isFalse: true),
            seed: 0)
        let view = try #require(found.first)
        #expect(view.trainedOn == 240 && view.real.total == 60)
        #expect((view.synthetic.accuracy ?? 1) < 0.1 && view.synthetic.counts[0][1] == 30)
    }

    @Test func intervalsOfFewPatientsSayThatTheyAre() throws {
        func warning(_ patients: Int) throws -> String? {
            let all = try rows(60, seed: 1)
            let real = LabelledRows(
                features: all.features, attributes: all.attributes, groups: (0..<60).map { "\($0 % patients)" })
            let train = try rows(240, seed: 3), made = try rows(90, seed: 2)
            let found = try LabelAgreement.all(real: real, train: train, synthetic: made, seed: 0)
            let score = try #require(found.first?.scores.first)
            #expect((score.interval == nil) == (patients == 1))
            return score.warnings.first
        }
        #expect(try warning(1) == "no interval: all 60 images are of one group")
        #expect(try warning(4) == "the interval rests on 4 groups")
        #expect(try warning(20) == nil)
    }

    @Test func labelsThatAreNotInCommonGiveNoNumber() throws {
        let other = LabelledRows(features: try rows(9, seed: 5).features, attributes: [:], groups: (0..<9).map { "\($0)" })
        let view = try #require(
            LabelAgreement.all(real: try rows(300, seed: 1), train: nil, synthetic: other, seed: 0).first)
        #expect(view.scores.last?.value == nil && view.scores.last?.reason != nil)
    }

    /// (X' X + D) w = X' y of standardised X with D columns, by numpy.
    @Test func weightsSolveTheRidgeEquations() {
        // python3 -c "import numpy as np; X=np.array([[0,1],[1,3],[2,2],[3,7.]]); y=np.array([1,1,-1,-1.]);
        // S=(X-X.mean(0))/X.std(0); w=np.linalg.solve(S.T@S+2*np.eye(2),S.T@(y-y.mean())); print(S@w)"
        // [ 0.81194261  0.25979062 -0.22721985 -0.84451338]
        let x: [[Float]] = [[0, 1], [1, 3], [2, 2], [3, 7]]
        let classifier = RidgeClassifier(x.map { $0[...] }, labels: [0, 0, 1, 1], classes: 2)
        #expect(x.map { classifier($0[...]) } == [0, 0, 1, 1])
        let outputs = x.map { classifier.outputs($0[...])[0] }
        let expected = [0.81194261, 0.25979062, -0.22721985, -0.84451338]
        #expect(zip(outputs, expected).allSatisfy { abs($0 - $1) < 1e-6 })
    }
}
