import Testing

@testable import Evaluation

/// The three sentences of a report follow from numbers by stated rules.
@Suite struct VerdictTests {
    private static func score(_ name: String, _ value: Double?, _ interval: ClosedRange<Double>? = nil) -> Score {
        var score = Score(name, value: value, counts: (400, 500), features: "x", direction: .lower)
        score.interval = interval
        return score
    }

    private static func realism(_ interval: ClosedRange<Double>, ratio: Double?) -> Verdict.Answer {
        var facts = Verdict.Facts()
        facts.kernelDistance = score("kernel_distance", (interval.lowerBound + interval.upperBound) / 2, interval)
        facts.kernelDistanceOfReal = score("kernel_distance", 0.01, -0.01...0.03)
        facts.kernelDistanceOfBlurred = score("kernel_distance", 0.5, 0.4...0.6)
        facts.frechetRatio = ratio.map { score("frechet_ratio", $0) }
        return Verdict(facts).realistic
    }

    @Test func `Images are realistic where they are as near as real ones`() {
        #expect(Self.realism(0.02...0.05, ratio: 1.2).outcome == .yes)
        #expect(Self.realism(0.02...0.05, ratio: nil).outcome == .yes)
        #expect(Self.realism(-0.5 ... -0.2, ratio: nil).outcome == .yes)
        #expect(Self.realism(0.02...0.05, ratio: 1.6).outcome == .partly)
        #expect(Self.realism(0.2...0.39, ratio: 1).outcome == .partly)
        #expect(Self.realism(0.02...0.41, ratio: 1).outcome == .unknown)
        #expect(Self.realism(-2...3, ratio: 1).sentence.contains("too few held-out patients"))
        #expect(Self.realism(0.2...0.4, ratio: 1).outcome == .no)
        #expect(Self.realism(0.7...0.8, ratio: 1).outcome == .no)
        #expect(Self.realism(0.02...0.05, ratio: 1.2).sentence.contains("0.02 to 0.05"))
    }

    @Test func `What was not made is not known, and says why`() {
        var facts = Verdict.Facts()
        let verdict = Verdict(facts)
        for answer in [verdict.realistic, verdict.useful, verdict.somebody] {
            #expect(answer.outcome == .unknown && answer.sentence.hasSuffix("was not made."))
        }
        facts.kernelDistance = Self.score("kernel_distance", 0.4)
        facts.kernelDistance?.warnings = ["no interval: the real set has one of groups"]
        #expect(Verdict(facts).realistic.sentence.contains("(no interval: the real set has one of groups)."))
        var share = Self.score("flagged_share", nil)
        share.reason = "there is no index of training images"
        facts.flaggedShare = share
        #expect(Verdict(facts).somebody.sentence.contains("as there is no index of training images."))
    }

    @Test func `A difference whose interval holds zero is none`() {
        func answer(_ interval: ClosedRange<Double>) -> Verdict.Answer {
            var facts = Verdict.Facts()
            facts.downstreamDifference = Self.score("auc_difference", 0.01, interval)
            return Verdict(facts).useful
        }
        #expect(answer(0.001...0.03).outcome == .yes)
        #expect(answer(-0.01...0.03).outcome == .no)
        #expect(answer(-0.01...0.03).sentence.contains("no difference shown"))
        #expect(answer(0...0.03).sentence.contains("no difference shown"))
        #expect(answer(-0.03 ... -0.01).sentence.contains("harmful"))
    }

    @Test func `Copies are more than the false alarms`() {
        func answer(_ share: Double, _ interval: ClosedRange<Double>) -> Verdict.Answer.Outcome {
            var facts = Verdict.Facts()
            facts.flaggedShare = Self.score("flagged_share", share, interval)
            facts.falseAlarmRate = Self.score("false_alarm_rate", 0.005, 0.001...0.008)
            return Verdict(facts).somebody.outcome
        }
        #expect(answer(0.01, 0.006...0.02) == .no)
        #expect(answer(0.011, 0.004...0.02) == .partly)
        #expect(answer(0.02, 0.012...0.03) == .yes)
    }
}
