import Blobs
import Bytes
import Foundation
import TestSupport
import Testing

/// Blobs as files of a directory.
@Suite struct DirectoryBlobsTests {
    private let folder: TemporaryFolder
    private let blobs: DirectoryBlobs
    private let content = Array("an image".utf8)

    init() throws {
        folder = try TemporaryFolder()
        blobs = DirectoryBlobs(path: "\(folder.path)/images/")
        try blobs.claim("me")
    }

    private func path(of name: Digest) -> String {
        "\(folder.path)/images/\(name.hexadecimal.prefix(2))/\(name.hexadecimal)"
    }

    @Test func whatIsPutIsThere() throws {
        let name = Digest(of: content)
        for _ in 0..<2 { try blobs.put(content, name) }
        #expect(try blobs.content(of: name, byteCount: content.count) == content)
        #expect(try blobs.names(beginningWith: name.bytes[0]) == [name])
        #expect(try blobs.names(beginningWith: name.bytes[0] &+ 1).isEmpty)
        let attributes = try FileManager.default.attributesOfItem(atPath: path(of: name))
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/images/incoming").isEmpty)
        for _ in 0..<2 { try blobs.remove(name) }
        #expect(throws: BlobError.missing("\(path(of: name)) is not there")) {
            try blobs.content(of: name, byteCount: content.count)
        }
        #expect(try blobs.identity() == "me")
        try blobs.checkWritable()
    }

    /// Of another content or another length it is not given out, and put anew it is whole again.
    @Test(arguments: ["an imagE", "an", "an image and more"]) func whatIsDamagedIsNamed(_ text: String) throws {
        let name = Digest(of: content)
        try blobs.put(content, name)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(of: name)))
        let error = #expect(throws: BlobError.self) { try blobs.content(of: name, byteCount: content.count) }
        guard case .damaged(let message) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(message.contains(path(of: name)) && message.contains("expected"))
        try blobs.put(content, name)
        #expect(try blobs.content(of: name, byteCount: content.count) == content)
    }

    /// Names of another form are nobody's of ours, and half a file goes some hours after.
    @Test func strangersStayAndLeftoversGo() throws {
        let name = Digest(of: content), manager = FileManager.default
        try blobs.put(content, name)
        let stranger = "\(folder.path)/images/\(name.hexadecimal.prefix(2))/notes.txt"
        #expect(manager.createFile(atPath: stranger, contents: nil))
        #expect(try blobs.names(beginningWith: name.bytes[0]) == [name])
        let (old, new) = ("\(folder.path)/images/incoming/old", "\(folder.path)/images/incoming/new")
        for file in [old, new] { #expect(manager.createFile(atPath: file, contents: nil)) }
        try manager.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -4 * 3_600)], ofItemAtPath: old)
        try blobs.removeLeftovers()
        #expect(try manager.contentsOfDirectory(atPath: "\(folder.path)/images/incoming") == ["new"])
        #expect(manager.fileExists(atPath: stranger))
    }

    /// What is mounted nowhere any more looks like an empty directory: nothing is written there.
    @Test func aDirectoryThatWasUnmountedIsNotWritten() throws {
        let path = "\(folder.path)/images", manager = FileManager.default
        try manager.moveItem(atPath: path, toPath: "\(folder.path)/away")
        try manager.createDirectory(atPath: path, withIntermediateDirectories: false)
        for body in [{ try blobs.put(content, Digest(of: content)) }, { try blobs.checkWritable() }, { try blobs.removeLeftovers() }] {
            let error = #expect(throws: BlobError.self) { try body() }
            #expect("\(String(describing: error))".contains("is it mounted?"))
        }
        #expect(try manager.contentsOfDirectory(atPath: path).isEmpty)
    }

    @Test func whatIsNotADirectoryIsOneMessage() throws {
        #expect(FileManager.default.createFile(atPath: "\(folder.path)/file", contents: nil))
        for path in ["\(folder.path)/file", "\(folder.path)/nothing/images"] {
            let blobs = DirectoryBlobs(path: path)
            #expect(try blobs.identity() == nil)
            let error = #expect(throws: BlobError.self) { try blobs.checkWritable() }
            guard case .unavailable(let message) = error else { continue }
            #expect(message.contains("directory \(path)") && message.contains("is it mounted?"), "\(message)")
        }
    }
}
