import Bytes

/// Reads little-endian fields of bytes that nobody has checked; never goes beyond their end.
struct ByteReader {
    let path: String
    /// What the bytes are, for messages.
    let item: String
    private let storage: [UInt8]
    private(set) var offset: Int

    init(_ bytes: [UInt8], from offset: Int = 0, path: String, item: String) {
        (storage, self.offset, self.path, self.item) = (bytes, min(max(offset, 0), bytes.count), path, item)
    }

    var remaining: Int { storage.count - offset }
    var isAtEnd: Bool { remaining == 0 }

    /// An error at byte `offset`, or where the reader stands.
    func fault(at offset: Int? = nil, expected: String, got: String) -> CheckpointError {
        CheckpointError(path: path, item: "\(item), byte \(offset ?? self.offset)", expected: expected, got: got)
    }

    /// An unsigned field of up to 8 bytes. One of 8 bytes beyond `Int.max` is refused.
    mutating func integer(_ width: Int) throws(CheckpointError) -> Int {
        try require(width)
        let value = UInt64(littleEndianBytes: storage[offset..<offset + width])
        guard let result = Int(exactly: value) else { throw fault(expected: "at most \(Int.max)", got: "\(value)") }
        offset += width
        return result
    }

    mutating func byte() throws(CheckpointError) -> UInt8 {
        try require(1)
        offset += 1
        return storage[offset - 1]
    }

    mutating func bytes(_ count: Int) throws(CheckpointError) -> [UInt8] {
        try require(count)
        offset += count
        return Array(storage[offset - count..<offset])
    }

    mutating func skip(_ count: Int) throws(CheckpointError) {
        try require(count)
        offset += count
    }

    /// `count` bytes of UTF-8.
    mutating func text(_ count: Int) throws(CheckpointError) -> String {
        let start = offset
        guard let text = String(validating: try bytes(count), as: UTF8.self) else {
            throw fault(at: start, expected: "UTF-8", got: "other bytes")
        }
        return text
    }

    /// The text up to the next line feed, which is consumed.
    mutating func line() throws(CheckpointError) -> String {
        guard let end = storage[offset...].prefix(1024).firstIndex(of: 0x0A) else {
            throw fault(expected: "a line of at most 1024 bytes", got: "none")
        }
        let text = try text(end - offset)
        offset += 1
        return text
    }

    private func require(_ count: Int) throws(CheckpointError) {
        guard count >= 0, count <= remaining else { throw fault(expected: "\(count) more bytes", got: "\(remaining)") }
    }
}

extension MappedFile {
    /// `count` bytes from `offset`. Throws if they do not lie within the file.
    func bytes(at offset: Int, count: Int) throws(CheckpointError) -> [UInt8] {
        try map(at: offset, count: count) { (byte: UInt8) in byte }
    }
}
