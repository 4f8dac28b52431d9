import Tensors
import TestSupport
import Testing

@testable import Evaluation

/// What the experiment is not gone on with, cannot say, or cannot tell apart.
extension DownstreamTests {
    /// The pixels are the same, and what was trained by other labels or tested by other patients is not.
    @Test func aRunIsNotGoneOnWithByOtherLabelsOrPatients() throws {
        let kept = "\(folder.path)/kept"
        func begin(real: Table = Table(), train: Table = Table()) throws {
            _ = try findings(roles(isWrong: false, real: real, train: train), folder: kept) { false }
        }
        #expect(throws: EvaluationAbandoned.self) { try begin() }
        #expect(throws: EvaluationAbandoned.self) { try begin() }
        var relabelled = Table(), regrouped = Table()
        relabelled.label = { ($0 % 2 == 0) != ($0 < 102) ? "left" : "right" }
        regrouped.patient = { $0 / 2 }
        for (real, train) in [(Table(), relabelled), (Table(), regrouped), (regrouped, Table())] {
            #expect { try begin(real: real, train: train) } throws: {
                "\($0)".contains("plan.json: expected this experiment")
            }
        }
    }

    @Test func onePatientHasNoIntervalAndTheReasonIsSaid() throws {
        var one = Table()
        one.patient = { _ in 0 }
        let found = try findings(roles(isWrong: false, real: one), folder: nil)
        let score = try #require(found.scores.first)
        #expect(score.value != nil && score.interval == nil)
        #expect(score.warnings == ["no interval: all test images are of one patient or group"])
        var facts = Verdict.Facts()
        facts.downstreamDifference = score
        #expect(Verdict(facts).useful.sentence.contains("all test images are of one patient"))
    }

    @Test func oneClassIsNamedByItsAttribute() throws {
        var lefts = Table()
        lefts.label = { _ in "left" }
        let roles = try ImageRoles(
            real: set("real", .real, first: 0, count: 8), train: nil,
            synthetic: set("lefts", .synthetic, first: 300, count: 8, lefts), allowsSharedPatients: false)
        #expect { try ClassificationTask(nil, real: roles.real, synthetic: roles.synthetic) } throws: {
            "\($0)".hasPrefix("--downstream, attribute label: expected 2 to 50") && "\($0)".hasSuffix("left alone")
        }
    }
}
