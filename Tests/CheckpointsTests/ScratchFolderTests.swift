import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("Scratch folders")
struct ScratchFolderTests {
    @Test func onlyTheirOwnerLooksIn() throws {
        let folder = try ScratchFolder("test"), other = try ScratchFolder("test")
        defer { other.remove() }
        #expect(folder.path != other.path && folder.path.contains("/phantom-test-"))
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path)
        #expect(attributes[.posixPermissions].map { "\($0)" } == "\(0o700)")
        try Places.write("a patient's", to: "\(folder.path)/below/file")
        for _ in 0..<2 {
            folder.remove()
            #expect(!Places.exists(folder.path) && Places.exists(other.path))
        }
    }

    /// As a command does that a signal breaks off: a removal that only tried again left what came in between.
    @Test func whoStillWritesIntoItIsLeftWithoutIt() throws {
        let folder = try ScratchFolder("test"), writing = DispatchGroup()
        for writer in 0..<3 {
            writing.enter()
            Thread {
                for number in 0..<20_000 {
                    _ = FileManager.default.createFile(atPath: "\(folder.path)/\(writer)-\(number)", contents: nil)
                }
                writing.leave()
            }.start()
        }
        #expect(try eventually { Places.exists("\(folder.path)/0-50") })
        folder.remove()
        writing.wait()
        let left = try FileManager.default.contentsOfDirectory(atPath: FileManager.default.temporaryDirectory.path)
        #expect(!left.contains { folder.path.hasSuffix($0) || "\(folder.path)-leaving".hasSuffix($0) })
    }

    @Test func whatWentIsNotMadeAnew() throws {
        let folder = try ScratchFolder("test")
        try makeFolder("a", in: folder.path)
        #expect(Places.exists("\(folder.path)/a"))
        folder.remove()
        #expect(throws: CheckpointError.self) { try makeFolder("b", in: folder.path) }
        #expect(!Places.exists(folder.path))
    }
}
