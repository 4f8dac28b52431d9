import Bytes
import Checkpoints

/// A zip archive of files as they are (PKWARE APPNOTE 6.3.10, method 0): PNG does not get smaller. Entries are dated
/// 1980-01-01, so that the same files make the same bytes. It appears whole or not at all.
struct ZipFile: ~Copyable {
    private var file: AtomicFile
    private let path: String
    private var directory: [UInt8] = []
    private var (offset, count) = (0, 0)

    /// Files and bytes beyond which the format would need its 64-bit form.
    static let mostFiles = 65_535, mostBytes = Int(UInt32.max)

    init(path: String) throws {
        self.path = path
        file = try AtomicFile(path: path)
    }

    /// - Parameter name: path in the archive.
    /// - Throws: `EvaluationError` where the archive would have too many files or bytes; what writing throws.
    mutating func add(_ content: [UInt8], name: String) throws {
        let name = Array(name.utf8)
        let end = offset + 30 + name.count + content.count + directory.count + 46 + name.count + 22
        guard count < Self.mostFiles, end <= Self.mostBytes else {
            throw EvaluationError(
                path, expected: "at most \(Self.mostFiles) files and \(Self.mostBytes) bytes in a zip archive",
                got: "more; the folder has them all")
        }
        // Version 2.0, names in UTF-8, stored, midnight, 1980-01-01.
        var common: [UInt8] = [20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0]
        common.append(littleEndian: CRC32(of: content).value)
        for size in [content.count, content.count] { common.append(littleEndian: UInt32(size)) }
        for length in [name.count, 0] { common.append(littleEndian: UInt16(length)) }
        try file.write([0x50, 0x4B, 3, 4] + common + name + content)
        directory += [0x50, 0x4B, 1, 2, 20, 3] + common
        // No comment, first disk, no attributes but the mode of a file that all may read.
        directory += [0, 0, 0, 0, 0, 0]
        directory.append(littleEndian: UInt32(0o100644) << 16)
        directory.append(littleEndian: UInt32(offset))
        directory += name
        offset += 30 + name.count + content.count
        count += 1
    }

    /// Writes the directory and puts the archive in its place.
    consuming func finish() throws {
        var end: [UInt8] = [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
        for number in [count, count] { end.append(littleEndian: UInt16(number)) }
        for number in [directory.count, offset] { end.append(littleEndian: UInt32(number)) }
        try file.write(directory + end + [0, 0])
        try file.commit()
    }
}

extension LabelledSet {
    /// Writes the finished set, images and tables, into one archive.
    /// - Throws: `EvaluationError` for a file that is gone, or a set that is too large; what writing throws.
    public func archive(to path: String) throws {
        var zip = try ZipFile(path: path)
        for name in ["labels.csv", "manifest.csv"] + keptFiles {
            guard let content = Self.contents("\(folder)/\(name)") else {
                throw EvaluationError("\(folder)/\(name)", expected: "a file of the set", got: "none")
            }
            try zip.add(content, name: name)
        }
        try zip.finish()
    }
}
