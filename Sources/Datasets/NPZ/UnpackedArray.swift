import Glibc
import Locking

/// An array of an archive, unpacked when first asked for into a file without a name, and mapped.
final class UnpackedArray: Sendable {
    let path: String
    let header: NPYHeader
    private let entry: ZipReader.Entry
    private let pixels = Lock<MappedPixels?>(nil)

    init(path: String, entry: ZipReader.Entry, archive: borrowing ZipReader) throws(DatasetError) {
        (self.path, self.entry) = (path, entry)
        var start: [UInt8] = []
        try archive.read(entry, most: NPYHeader.mostBytes) { piece throws(DatasetError) in start += piece }
        header = try NPYHeader(start, size: entry.size, path: path, item: entry.name)
    }

    /// Bytes of the elements, from byte `offset` of them.
    /// - Throws: `DatasetError` where the entry is damaged, or the temporary folder has no room.
    func bytes(at offset: Int, _ count: Int) throws(DatasetError) -> [UInt8] {
        let mapped = try pixels.withLock { (kept) throws(DatasetError) -> MappedPixels in
            if let kept { return kept }
            let made = try unpack()
            kept = made
            return made
        }
        return mapped.bytes(at: header.length + offset, count)
    }

    private func unpack() throws(DatasetError) -> MappedPixels {
        let archive = try ZipReader(path: path), file = try NamelessFile()
        try archive.read(entry) { piece throws(DatasetError) in try file.append(piece) }
        return try file.mapped()
    }
}
