/// Writes a ZIP archive piece by piece, in order (PKWARE APPNOTE 6.3.10): entries stored as they are, names in UTF-8,
/// and no times, so that equal contents make equal bytes. Sizes and places beyond 32 bits, and more than 65,534
/// entries, are written as ZIP64 (section 4.5.3).
package struct ZipWriter {
    private struct Entry {
        let name: [UInt8]
        let checksum: UInt32
        let size: UInt32
        let offset: UInt64
    }

    private static let localHeader: UInt32 = 0x0403_4B50, centralHeader: UInt32 = 0x0201_4B50
    private static let endOfDirectory: UInt32 = 0x0605_4B50, endOfDirectory64: UInt32 = 0x0606_4B50
    private static let locator64: UInt32 = 0x0706_4B50
    /// The version needed to extract: 4.5 knows ZIP64, 2.0 is enough for the rest.
    private static let version: UInt16 = 20, version64: UInt16 = 45
    /// General purpose bit 11: the name is UTF-8.
    private static let flags: UInt16 = 0x0800
    /// 1980-01-01, the first day that the format knows.
    private static let date: UInt16 = 0x0021
    /// Unix, a regular file that its owner may write and all may read.
    private static let madeBy: UInt16 = 3 << 8 | 45, attributes: UInt32 = 0o100644 << 16

    private var entries: [Entry] = []
    private var offset: UInt64

    /// - Parameter offset: bytes before the archive: for tests of archives that are too large for them.
    package init(offset: UInt64 = 0) { self.offset = offset }

    /// What stands before an entry's content, which follows it as it is.
    /// - Parameter content: less than 4 GiB.
    package mutating func begin(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let entry = Entry(
            name: Array(name.utf8), checksum: CRC32(of: content).value, size: UInt32(clamping: content.count),
            offset: offset)
        var bytes: [UInt8] = []
        bytes.append(littleEndian: Self.localHeader)
        bytes.append(littleEndian: Self.version)
        Self.appendCommon(entry, to: &bytes)
        bytes.append(littleEndian: UInt16(0))
        bytes += entry.name
        offset += UInt64(bytes.count + content.count)
        entries.append(entry)
        return bytes
    }

    /// Flags, method 0 (stored), time, date, checksum, both sizes and the length of the name: the same in both headers.
    private static func appendCommon(_ entry: Entry, to bytes: inout [UInt8]) {
        for value in [flags, 0, 0, date] { bytes.append(littleEndian: value) }
        for value in [entry.checksum, entry.size, entry.size] { bytes.append(littleEndian: value) }
        bytes.append(littleEndian: UInt16(clamping: entry.name.count))
    }

    /// The directory at the end; nothing comes after it.
    package func end() -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries { append(entry, to: &bytes) }
        let size = UInt64(bytes.count), count = UInt64(entries.count)
        if count >= 0xFFFF || size >= 0xFFFF_FFFF || offset >= 0xFFFF_FFFF { append64(size, to: &bytes) }
        bytes.append(littleEndian: Self.endOfDirectory)
        for value in [0, 0, UInt16(clamping: count), UInt16(clamping: count)] { bytes.append(littleEndian: value) }
        bytes.append(littleEndian: UInt32(clamping: size))
        bytes.append(littleEndian: UInt32(clamping: offset))
        bytes.append(littleEndian: UInt16(0))
        return bytes
    }

    private func append(_ entry: Entry, to bytes: inout [UInt8]) {
        let isFar = entry.offset >= 0xFFFF_FFFF
        bytes.append(littleEndian: Self.centralHeader)
        bytes.append(littleEndian: Self.madeBy)
        bytes.append(littleEndian: isFar ? Self.version64 : Self.version)
        Self.appendCommon(entry, to: &bytes)
        // Extra field, comment, disk, internal attributes.
        for value in [isFar ? 12 : 0, 0, 0, UInt16(0)] { bytes.append(littleEndian: value) }
        bytes.append(littleEndian: Self.attributes)
        bytes.append(littleEndian: UInt32(clamping: entry.offset))
        bytes += entry.name
        guard isFar else { return }
        bytes.append(littleEndian: UInt16(1))
        bytes.append(littleEndian: UInt16(8))
        bytes.append(littleEndian: entry.offset)
    }

    private func append64(_ size: UInt64, to bytes: inout [UInt8]) {
        let count = UInt64(entries.count), end = offset + size
        bytes.append(littleEndian: Self.endOfDirectory64)
        bytes.append(littleEndian: UInt64(44))
        for value in [Self.madeBy, Self.version64] { bytes.append(littleEndian: value) }
        for value in [UInt32(0), 0] { bytes.append(littleEndian: value) }
        for value in [count, count, size, offset] { bytes.append(littleEndian: value) }
        bytes.append(littleEndian: Self.locator64)
        bytes.append(littleEndian: UInt32(0))
        bytes.append(littleEndian: end)
        bytes.append(littleEndian: UInt32(1))
    }
}
