import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Evaluation

/// Features that stay in their files give the very numbers of those in memory.
@Suite struct FeatureFilesTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ values: [Float], dimension: Int, to name: String) throws -> SafetensorsFile {
        let path = "\(folder.path)/\(name).safetensors"
        try SafetensorsWriter().write(
            ["features": .init(shape: [values.count / dimension, dimension], floats: values)], to: path)
        return try SafetensorsFile(path: path)
    }

    /// The rows of a table in files of `rowsPerFile`.
    private func inFiles(_ table: FeatureTable, rowsPerFile: Int, _ name: String) throws -> FeatureTable {
        let files = try stride(from: 0, to: table.count, by: rowsPerFile).map { start in
            let rows = start..<min(start + rowsPerFile, table.count)
            return try write(try table.values(rows), dimension: table.dimension, to: "\(name)-\(start)")
        }
        return try FeatureTable(
            extractor: table.extractor, FeatureFiles(files, tensor: "features"), groups: table.groups)
    }

    @Test func rowsAreFoundAcrossFiles() throws {
        let table = try SetComparisonTests.table(1, 23), files = try inFiles(table, rowsPerFile: 5, "a")
        #expect(files.count == 23 && files.dimension == 12)
        #expect(try files.values(3..<22) == table.values(3..<22))
        let order = [22, 0, 7, 7, 4]
        let (some, others) = try (FeatureTable(files, rows: order), FeatureTable(table, rows: order))
        #expect(try some.values(1..<5) == others.values(1..<5))
        // Rows of chosen rows.
        #expect(try Array(FeatureTable(some, rows: [3, 1])[1]) == Array(table[0]))
    }

    @Test func everyNumberIsTheSame() throws {
        let groups = (0..<60).map { "\($0 / 2)" }
        let real = try SetComparisonTests.table(1, 60, groups: groups)
        let (made, train) = try (SetComparisonTests.table(2, 50), SetComparisonTests.table(3, 70))
        let expected = try SetComparison(real: real, synthetic: made, train: train, logits: made, seed: 3)
        let (fromDisk, logits) = try (inFiles(made, rowsPerFile: 16, "m"), inFiles(made, rowsPerFile: 50, "l"))
        let found = try SetComparison(
            real: inFiles(real, rowsPerFile: 7, "r"), synthetic: fromDisk, train: inFiles(train, rowsPerFile: 32, "t"),
            logits: logits, seed: 3)
        let compute = Compute(threads: 2)
        #expect(try found.scores(on: compute) == expected.scores(on: compute))
    }

    @Test func aLargeGivenFileIsNotHeld() throws {
        let table = try SetComparisonTests.table(4, 40)
        let path = try write(table.values(0..<40), dimension: 12, to: "given").path
        let held = try FeatureFile(path: path), notHeld = try FeatureFile(path: path, mostInMemory: 0)
        #expect(try held.features.table.values(0..<40) == notHeld.features.table.values(0..<40))
        var values = try table.values(0..<40)
        values[12 * 9 + 4] = .infinity
        let broken = try write(values, dimension: 12, to: "broken").path
        for limit in [0, 1 << 20] {
            #expect {
                try FeatureFile(path: broken, mostInMemory: limit)
            } throws: { "\($0)" == "\(broken): features, row 9, value 4: expected a finite number, got inf" }
        }
    }

    /// A file that is cut off while it is read is an error, not wrong numbers.
    @Test func aFileThatBecameShorterIsNamed() throws {
        let table = try inFiles(SetComparisonTests.table(5, 10), rowsPerFile: 10, "cut")
        let path = "\(folder.path)/cut-0.safetensors"
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.truncate(atOffset: 100)
        #expect(throws: EvaluationError.self) { try table[9] }
    }
}
