import Foundation
import JSON
import Jobs

/// A new file of entries of the audit log, one JSON object a line, for its owner alone.
struct AuditArchive {
    private let path: String
    private let file: FileHandle

    /// - Throws: `Refusal` for a file that is there already, or cannot be made.
    init(_ path: String) throws {
        self.path = path
        guard !FileManager.default.fileExists(atPath: path) else {
            throw Refusal(description: "\(path): there is a file of this name; name another")
        }
        guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
            let file = FileHandle(forWritingAtPath: path)
        else { throw Refusal(description: "\(path): the file cannot be made; is its folder there, and writable?") }
        self.file = file
    }

    /// Says why there is no archive.
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    func write(_ entry: AuditEntry) throws {
        try file.write(contentsOf: entry.json.serialized() + [UInt8(ascii: "\n")])
    }

    /// Returns when all is on the disk, with the name that it has in its folder: what is in it may go elsewhere then.
    func finish() throws {
        try file.synchronize()
        try file.close()
        let place = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard let folder = FileHandle(forReadingAtPath: place) else {
            throw Refusal(description: "\(place): the folder cannot be brought to the disk; may it be read?")
        }
        try folder.synchronize()
        try folder.close()
    }

    func remove() {
        try? file.close()
        try? FileManager.default.removeItem(atPath: path)
    }
}
