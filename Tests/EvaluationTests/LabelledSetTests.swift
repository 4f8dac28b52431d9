import Testing

@testable import Evaluation

@Suite struct LabelledSetTests {
    /// NumPy takes of two arrays of one name the last alone.
    @Test func attributesOfAnArchiveHaveNamesOfTheirOwn() {
        #expect(LabelledSet.keys(["view", "slice level", "slice_level"]) == ["view", "slice_level", "slice_level_2"])
        #expect(LabelledSet.keys(["部位", "方向", "___2"]) == ["__", "___2", "___2_2"])
    }
}
