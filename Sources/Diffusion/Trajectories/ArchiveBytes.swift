import Bytes

/// Appends little-endian values.
struct ArchiveWriter {
    var bytes: [UInt8] = []

    init(reserving capacity: Int) { bytes.reserveCapacity(capacity) }

    mutating func write<T: FixedWidthInteger & UnsignedInteger>(_ value: T) {
        bytes.append(littleEndian: value)
    }

    /// A count, then the bits.
    mutating func write(_ values: [Float]) {
        write(UInt32(values.count))
        for value in values { write(value.bitPattern) }
    }
}

/// Takes little-endian values from bytes that are not trusted: whatever is wrong is thrown, with its place.
struct ArchiveReader {
    private let content: ArraySlice<UInt8>
    private var offset: Int

    /// Checks the frame: magic, format, checksum.
    init(_ bytes: [UInt8], magic: [UInt8], format: UInt16) throws(TrajectoryArchiveError) {
        guard bytes.count >= magic.count + 6, bytes.starts(with: magic) else {
            throw .damaged("no trajectory's first bytes", offset: 0)
        }
        content = bytes.dropLast(4)
        offset = magic.count
        let got = try read(UInt16.self)
        guard got == format else { throw .version(Int(got), expected: Int(format)) }
        guard UInt32(littleEndianBytes: bytes.suffix(4)) == CRC32(of: content).value else {
            throw .damaged("a wrong checksum", offset: content.count)
        }
    }

    func damage(_ what: String) -> TrajectoryArchiveError { .damaged(what, offset: offset) }

    mutating func bytes(count: Int) throws(TrajectoryArchiveError) -> [UInt8] {
        guard count <= content.count - offset else { throw damage("an early end") }
        defer { offset += count }
        return Array(content[offset..<(offset + count)])
    }

    mutating func read<T: FixedWidthInteger & UnsignedInteger>(_: T.Type) throws(TrajectoryArchiveError) -> T {
        let size = T.bitWidth / 8
        guard size <= content.count - offset else { throw damage("an early end") }
        defer { offset += size }
        return T(littleEndianBytes: content[offset..<(offset + size)])
    }

    /// Floats whose count must be `expected`.
    mutating func floats(count expected: Int) throws(TrajectoryArchiveError) -> [Float] {
        let count = Int(try read(UInt32.self))
        guard count == expected else { throw damage("\(count) values instead of \(expected)") }
        guard count <= (content.count - offset) / 4 else { throw damage("an early end") }
        var values: [Float] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(Float(bitPattern: try read(UInt32.self))) }
        return values
    }

    /// Nothing may be left over.
    func finish() throws(TrajectoryArchiveError) {
        guard offset == content.count else { throw damage("\(content.count - offset) bytes too many") }
    }
}
