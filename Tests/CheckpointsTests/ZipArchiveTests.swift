import Checkpoints
import Testing

@Suite("Zip files of torch.save")
struct ZipArchiveTests {
    private typealias Entry = HandMadeTorch.Entry
    private static let pickle = HandMadeTorch.pickle([0x7D])

    private func complaint(_ bytes: [UInt8]) throws -> CheckpointError? {
        try Places.withFolder { folder in
            try Places.write(bytes, to: folder + "/x.pt")
            return HandMade.complaint { try TorchFile(path: folder + "/x.pt") }
        }
    }

    private func complaint(_ change: (inout Entry) -> Void) throws -> CheckpointError? {
        var entry = Entry(name: "a/data/0", data: [1, 2, 3, 4])
        change(&entry)
        return try complaint(HandMadeTorch.zip([Entry(name: "a/data.pkl", data: Self.pickle), entry]))
    }

    @Test func theHandMadeFilesAreRightToBeginWith() throws {
        #expect(try complaint { _ in } == nil)
        #expect(try complaint(HandMadeTorch.zip([Entry(name: "a/data.pkl", data: Self.pickle)], comment: Array("PK\u{5}\u{6} a comment".utf8))) == nil)
    }

    @Test func entriesAreChecked() throws {
        #expect(try complaint { $0.method = 8 }?.got == "a/data/0 with compression method 8")
        #expect(try complaint { $0.flags = 1 }?.expected == "an entry that is not encrypted")
        #expect(try complaint { $0.size = 1 << 30 }?.expected == "1073741824 bytes before the directory")
        #expect(try complaint { $0.offset = 1 << 30 }?.expected == "a local header before the directory")
        #expect(try complaint { $0.offset = 3 }?.expected == "a local header")
        #expect(try complaint { $0.checksum = 7 }?.expected == "checksum 7")
        #expect(try complaint { $0.localName = "a/data/1" }?.expected == "the same name in its local header")
        #expect(try complaint { $0.name = "a/data.pkl" }?.expected == "each name once")
        // The directory of a zip64 file is asked for only where it has to be.
        #expect(try complaint { $0.size = 0xFFFF_FFFF }?.expected == "4294967295 bytes before the directory")
    }

    /// An entry that begins within another (the trick of overlapping zip bombs) shows by its place.
    @Test func entriesDoNotOverlap() throws {
        let inner = HandMadeTorch.zip([Entry(name: "a/data/1", data: [9])]).prefix(30 + 8 + 1)
        let start = 30 + 10 + Self.pickle.count, within = start + 30 + 8
        let entries = [Entry(name: "a/data.pkl", data: Self.pickle), Entry(name: "a/data/0", data: Array(inner)), Entry(name: "a/data/1", data: [9], offset: within)]
        #expect(try complaint(HandMadeTorch.zip(entries))?.got == "one that begins within a/data/0")
    }

    @Test func theDirectoryIsChecked() throws {
        let whole = HandMadeTorch.zip([Entry(name: "a/data.pkl", data: Self.pickle)])
        #expect(try complaint(Array(whole.dropLast(22)))?.got == "none: the file is truncated")
        #expect(try complaint(Array(whole.prefix(30)))?.got == "none: the file is truncated")
        #expect(try complaint(HandMadeTorch.zip([Entry(name: "a/data.pkl", data: Self.pickle)], count: 2))?.expected.hasPrefix("2 entries") == true)
        #expect(try complaint(HandMadeTorch.zip([Entry(name: "a/data.pkl", data: Self.pickle)], count: 0))?.expected == "the end after 0 entries")
        #expect(try complaint(HandMadeTorch.zip([Entry(name: "a/data.pkl", data: Self.pickle)], count: 0xFFFF))?.expected == "a zip64 locator")
        // A directory that would begin behind its end.
        var moved = whole
        moved.replaceSubrange(moved.count - 6..<moved.count - 2, with: [0xF0, 0xFF, 0xFF, 0xFF])
        #expect(try complaint(moved)?.item == "zip directory")
    }

    @Test func otherZipFilesAreToldApart() throws {
        #expect(try complaint(HandMadeTorch.zip([Entry(name: "a/b.txt", data: [])]))?.got == "another zip file")
        let script = [Entry(name: "a/data.pkl", data: Self.pickle), Entry(name: "a/code/__torch__.py", data: [])]
        #expect(try complaint(HandMadeTorch.zip(script))?.got == "a TorchScript program: save its state_dict instead")
        let big = [Entry(name: "a/data.pkl", data: Self.pickle), Entry(name: "a/byteorder", data: Array("big".utf8))]
        #expect(try complaint(HandMadeTorch.zip(big))?.got == "big")
    }
}
