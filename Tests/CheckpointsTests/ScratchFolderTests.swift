import Checkpoints
import Foundation
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
}
