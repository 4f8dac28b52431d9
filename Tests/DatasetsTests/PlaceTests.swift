import Foundation
import Testing
import TestSupport

@testable import Datasets

/// Folders and files that a set's pixels go to.
@Suite struct PlaceTests {
    @Test func `Folders are made with those above them, or named with the reason`() throws {
        let folder = try TemporaryFolder(), file = "\(folder.path)/file"
        for _ in 0..<2 { try DatasetFiles.makeFolders("\(folder.path)/a//b/") }
        #expect(DatasetFiles.status("\(folder.path)/a/b")?.isFolder == true)
        try Data().write(to: URL(filePath: file))
        for (path, place, reason) in [(file, file, "File exists"), ("\(file)/a", file, "File exists"), ("", "", "no name of one")] {
            let error = #expect(throws: DatasetError.self) { try DatasetFiles.makeFolders(path) }
            #expect(error?.path == place && error?.expected == "a folder" && error?.got == reason)
        }
    }

    /// Whoever ends the program, at whatever moment, leaves none of a patient's pixels behind.
    @Test func `What is unpacked on the way has no name in any folder`() throws {
        let folder = try TemporaryFolder()
        let file = try NamelessFile(in: folder.path)
        try file.append([1, 2, 3])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        try file.append([4])
        let mapped = try file.mapped()
        #expect(mapped.count == 4 && mapped.bytes(at: 1, 3) == [2, 3, 4])
        #expect(FolderFixture.message { _ = try NamelessFile(in: "\(folder.path)/none") }.contains("expected a writable folder"))
    }
}
