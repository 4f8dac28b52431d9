import Tensors
import Testing

@testable import Evaluation

@Suite struct ScoreRowTests {
    @Test func noPatientIsInBothHalves() throws {
        let groups = (0..<90).map { "patient \($0 % 7)" }
        let halves = try RealHalves(count: 90, groups: groups, seed: 4)
        #expect(Set(halves.first + halves.second) == Set(0..<90))
        #expect(halves.first.count + halves.second.count == 90)
        #expect(Set(halves.first.map { groups[$0] }).isDisjoint(with: halves.second.map { groups[$0] }))
        #expect(abs(halves.first.count - halves.second.count) <= 13)
        #expect(try RealHalves(count: 90, groups: groups, seed: 5) != halves)
    }

    @Test func oneGroupHasNoHalves() {
        #expect(throws: EvaluationError.self) { try RealHalves(count: 3, groups: ["a", "a", "a"], seed: 0) }
    }

    @Test func aRowStandsBetweenItsReferences() throws {
        let real = try HashedFeatures.table(1, count: 80, dimension: 8, shift: 0)
        let blurred = try HashedFeatures.table(2, count: 80, dimension: 8, shift: 0.3)
        let synthetic = try HashedFeatures.table(3, count: 40, dimension: 8, shift: 0.1)
        let compute = Compute(threads: 2)
        let references = try SetComparison.references(real: real, blurred: blurred)
        let rows = try ScoreRow.rows(
            synthetic: SetComparison(real: real, synthetic: synthetic).scores(on: compute),
            realAgainstReal: references.realAgainstReal.scores(on: compute),
            blurredReal: references.blurredReal.scores(on: compute))
        let row = rows[0], json = row.json
        #expect(row.synthetic.name == "kernel_distance")
        let low = try #require(row.realAgainstReal?.value), high = try #require(row.blurredReal?.value)
        let value = try #require(row.synthetic.value)
        #expect(low < value && value < high)
        #expect(row.realAgainstReal?.realCount == 40)
        #expect(json["real_against_real"]?["value"]?.number?.double == low)
        #expect(json["blurred_real"]?["value"]?.number?.double == high)
        #expect(rows.json.keys.first == "kernel_distance")
        #expect(throws: EvaluationError.self) { try SetComparison.references(real: real, blurred: synthetic) }
    }
}
