import Bytes

/// The directory of a zip file whose entries are stored, not compressed, as torch writes it (PKWARE APPNOTE 6.3.10).
/// Every claim it makes is checked: entries lie within the file, do not overlap, have each a name of its own, and their
/// local headers agree with the directory.
struct ZipArchive {
    struct Entry {
        let name: String
        /// Where its bytes lie, from the start of the file.
        let bytes: Range<Int>
        let checksum: UInt32
    }

    let entries: [Entry]

    /// Directories beyond this are refused: a checkpoint of 100,000 tensors takes some ten megabytes.
    static let maximumDirectory = 64 << 20

    init(file: MappedFile) throws(CheckpointError) {
        let directory = try ZipDirectory(file: file)
        var reader = ByteReader(
            try file.bytes(at: directory.offset, count: directory.size), path: file.path, item: "zip directory")
        var entries: [(header: Int, entry: Entry)] = []
        var names: Set<String> = []
        for _ in 0..<directory.count {
            let record = try CentralRecord(&reader)
            guard names.insert(record.name).inserted else {
                throw CheckpointError(
                    path: file.path, item: record.name, expected: "each name once", got: "a second entry")
            }
            let bytes = try Self.data(of: record, in: file, end: directory.offset)
            entries.append((record.header, Entry(name: record.name, bytes: bytes, checksum: record.checksum)))
        }
        guard reader.isAtEnd else {
            throw reader.fault(
                expected: "the end after \(directory.count) entries", got: "\(reader.remaining) more bytes")
        }
        entries.sort { $0.header < $1.header }
        for (first, second) in zip(entries, entries.dropFirst()) where second.header < first.entry.bytes.upperBound {
            throw CheckpointError(
                path: file.path, item: second.entry.name, expected: "entries that do not overlap",
                got: "one that begins within \(first.entry.name)")
        }
        self.entries = entries.map(\.entry)
    }

    /// Where an entry's bytes begin is known to its local header alone (section 4.3.7).
    private static func data(of record: CentralRecord, in file: MappedFile, end: Int) throws(CheckpointError) -> Range<
        Int
    > {
        func fault(_ expected: String, _ got: String) -> CheckpointError {
            CheckpointError(path: file.path, item: record.name, expected: expected, got: got)
        }
        guard record.header >= 0, record.header <= end - 30 else {
            throw fault("a local header before the directory", "offset \(record.header)")
        }
        var reader = ByteReader(try file.bytes(at: record.header, count: 30), path: file.path, item: record.name)
        guard try reader.integer(4) == 0x0403_4B50 else {
            throw fault("a local header", "another signature at \(record.header)")
        }
        try reader.skip(4)
        let method = try reader.integer(2)
        try reader.skip(16)
        let nameLength = try reader.integer(2), extraLength = try reader.integer(2)
        let start = record.header + 30 + nameLength + extraLength
        guard method == 0 else { throw fault("a stored entry", "compression method \(method)") }
        guard start <= end, record.size <= end - start else {
            throw fault("\(record.size) bytes before the directory", "\(max(0, end - start))")
        }
        let name = try file.bytes(at: record.header + 30, count: nameLength)
        guard name.elementsEqual(record.name.utf8) else { throw fault("the same name in its local header", "another") }
        return start..<start + record.size
    }

    /// Throws unless the bytes of every entry have the checksum that the directory gives them.
    func verify(_ file: MappedFile) throws(CheckpointError) {
        for entry in entries {
            var sum = CRC32()
            for offset in stride(from: entry.bytes.lowerBound, to: entry.bytes.upperBound, by: 1 << 20) {
                sum.append(try file.bytes(at: offset, count: min(1 << 20, entry.bytes.upperBound - offset)))
            }
            guard sum.value == entry.checksum else {
                throw CheckpointError(
                    path: file.path, item: entry.name, expected: "checksum \(String(entry.checksum, radix: 16))",
                    got: "\(String(sum.value, radix: 16)): the file is damaged")
            }
        }
    }
}

/// One record of the central directory (section 4.3.12).
private struct CentralRecord {
    let name: String
    let header: Int
    let size: Int
    let checksum: UInt32

    init(_ reader: inout ByteReader) throws(CheckpointError) {
        guard try reader.integer(4) == 0x0201_4B50 else {
            throw reader.fault(expected: "an entry of the directory", got: "another signature")
        }
        try reader.skip(4)
        let flags = try reader.integer(2), method = try reader.integer(2)
        try reader.skip(4)
        checksum = UInt32(truncatingIfNeeded: try reader.integer(4))
        var packed = try reader.integer(4), size = try reader.integer(4)
        let nameLength = try reader.integer(2), extraLength = try reader.integer(2),
            commentLength = try reader.integer(2)
        try reader.skip(8)
        var header = try reader.integer(4)
        name = try reader.text(nameLength)
        var extra = ByteReader(try reader.bytes(extraLength), path: reader.path, item: name)
        try reader.skip(commentLength)
        // Sizes beyond 32 bits stand in the extra field 1 (section 4.5.3), each only if its own place holds all ones.
        while extra.remaining >= 4 {
            let identifier = try extra.integer(2)
            var field = ByteReader(try extra.bytes(try extra.integer(2)), path: reader.path, item: name)
            guard identifier == 1 else { continue }
            if size == 0xFFFF_FFFF { size = try field.integer(8) }
            if packed == 0xFFFF_FFFF { packed = try field.integer(8) }
            if header == 0xFFFF_FFFF { header = try field.integer(8) }
        }
        guard flags & 0x2041 == 0 else { throw reader.fault(expected: "an entry that is not encrypted", got: name) }
        guard method == 0, packed == size else {
            throw reader.fault(expected: "stored entries", got: "\(name) with compression method \(method)")
        }
        self.size = size
        self.header = header
    }
}

/// Where the central directory lies, from the record at the end of the file (sections 4.3.14 to 4.3.16).
private struct ZipDirectory {
    let offset: Int
    let size: Int
    let count: Int

    init(file: MappedFile) throws(CheckpointError) {
        func fault(_ expected: String, _ got: String) -> CheckpointError {
            CheckpointError(path: file.path, item: "zip directory", expected: expected, got: got)
        }
        // The record is 22 bytes and a comment of up to 65,535.
        let tailStart = max(0, file.size - 22 - 0xFFFF)
        let tail = try file.bytes(at: tailStart, count: file.size - tailStart)
        let places = stride(from: tail.count - 22, through: 0, by: -1)
        guard let place = places.first(where: { tail[$0..<$0 + 4].elementsEqual([0x50, 0x4B, 0x05, 0x06]) }) else {
            throw fault("an end of directory record", "none: the file is truncated")
        }
        var end = tailStart + place
        var record = ByteReader(Array(tail[place..<place + 22]), path: file.path, item: "zip directory")
        try record.skip(8)
        try record.skip(2)
        var count = try record.integer(2), size = try record.integer(4), offset = try record.integer(4)
        if count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF {
            guard end >= 20 else { throw fault("a zip64 locator", "none") }
            var locator = ByteReader(try file.bytes(at: end - 20, count: 20), path: file.path, item: "zip64 locator")
            guard try locator.integer(4) == 0x0706_4B50 else { throw fault("a zip64 locator", "another signature") }
            try locator.skip(4)
            let place = try locator.integer(8)
            guard end >= 76, place >= 0, place <= end - 76 else {
                throw fault("a zip64 record before its locator", "offset \(place)")
            }
            var wide = ByteReader(try file.bytes(at: place, count: 56), path: file.path, item: "zip64 directory")
            guard try wide.integer(4) == 0x0606_4B50 else { throw fault("a zip64 record", "another signature") }
            try wide.skip(28)
            (count, size, offset) = (try wide.integer(8), try wide.integer(8), try wide.integer(8))
            end = place
        }
        guard size >= 0, offset >= 0, count >= 0, offset <= end, size <= end - offset,
            size <= ZipArchive.maximumDirectory, count <= size / 46
        else {
            throw fault(
                "\(count) entries in a directory before its end record", "\(size) bytes at \(offset) of \(file.size)")
        }
        (self.offset, self.size, self.count) = (offset, size, count)
    }
}
