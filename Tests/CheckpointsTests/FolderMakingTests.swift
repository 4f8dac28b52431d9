import Checkpoints
import Foundation
import Testing

@Suite("Making folders")
struct FolderMakingTests {
    @Test func thoseAboveAreMadeToo() throws {
        try Places.withFolder { folder in
            for path in ["\(folder)/a/b/c", "\(folder)/a/b/c", "\(folder)//a/d/"] {
                try makeFolders(path)
                #expect(isFolder(path) == true)
            }
        }
    }

    /// In words, not as a domain and a number of another library.
    @Test func whatCannotBeMadeIsNamedWithTheReason() throws {
        try Places.withFolder { folder in
            let file = "\(folder)/file"
            #expect(FileManager.default.createFile(atPath: file, contents: Data()))
            for (path, reason) in [
                ("/proc/nope", "got \"No such file or directory\""),
                ("/proc/nope/a", "got \"No such file or directory\" at /proc/nope"), (file, "got \"File exists\""),
                ("\(file)/a", "got \"File exists\" at \(file)"), ("", "got no name of one"),
            ] {
                let error = #expect(throws: CheckpointError.self) { try makeFolders(path) }
                #expect(error?.path == path && error?.description.hasSuffix(reason) == true, "\(String(describing: error))")
                #expect(error?.expected == "a folder that can be made")
            }
        }
    }
}
