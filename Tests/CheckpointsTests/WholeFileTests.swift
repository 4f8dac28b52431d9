import Checkpoints
import Foundation
import Testing

@Suite("Whole files")
struct WholeFileTests {
    @Test func whatIsThereIsReplaced() throws {
        try Places.withFolder { folder in
            let path = "\(folder)/file"
            for bytes: [UInt8] in [[1, 2, 3], [], [4]] {
                try writeWholeFile(bytes, to: path)
                #expect(try Places.read(path) == bytes)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
        }
    }

    /// In words, not as a domain and a number of another library; and nothing is left beside.
    @Test func whatCannotBeWrittenIsNamedWithTheReason() throws {
        try Places.withFolder { folder in
            try FileManager.default.createDirectory(atPath: "\(folder)/folder", withIntermediateDirectories: false)
            for (path, reason) in [
                ("\(folder)/none/file", "got No such file or directory"), ("\(folder)/folder", "got Is a directory"),
            ] {
                let error = #expect(throws: CheckpointError.self) { try writeWholeFile([1], to: path) }
                #expect(error?.path == path && error?.description.hasSuffix(reason) == true, "\(String(describing: error))")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["folder"])
        }
    }
}
