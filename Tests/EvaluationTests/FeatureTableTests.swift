import Testing

@testable import Evaluation

@Suite struct FeatureTableTests {
    @Test func rowsAreFoundByTheirNumber() throws {
        let table = try FeatureTable(extractor: "test", dimension: 3, values: [1, 2, 3, 4, 5, 6])
        #expect(table.count == 2)
        #expect(try Array(table[1]) == [4, 5, 6])
    }

    @Test func aValueThatIsNoNumberIsNamedByItsPlace() {
        #expect {
            try FeatureTable(extractor: "test", dimension: 3, values: [1, 2, 3, 4, .nan, 6])
        } throws: { "\($0)" == "features of test, row 1, value 1: expected a finite number, got nan" }
    }

    @Test(arguments: [(0, [Float(1)]), (2, [1, 2, 3]), (2, [])])
    func whatIsNoWholeNumberOfRowsIsRefused(dimension: Int, values: [Float]) {
        #expect(throws: EvaluationError.self) {
            try FeatureTable(extractor: "test", dimension: dimension, values: values)
        }
    }

    @Test func everyRowHasOneGroup() {
        #expect(throws: EvaluationError.self) {
            try FeatureTable(extractor: "test", dimension: 1, values: [1, 2], groups: ["a"])
        }
    }
}
