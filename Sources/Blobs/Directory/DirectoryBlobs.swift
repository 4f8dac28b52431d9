import Bytes

/// Blobs as files of one directory, which all processes of a database have: on a file system that they share, or on a
/// disk of the one machine that they run on.
///
///     phantom-images     whose they are
///     ab/abcdef...       files by their digests, folders by the first byte
///     incoming/          files that are being written
///
/// Where `incoming` is not there nothing is written: a directory that is unmounted in mid-run looks like an empty one.
public struct DirectoryBlobs: BlobStore {
    private let path: String

    /// - Parameter path: of the directory; it is made where it is not there and the folder above it is.
    public init(path: String) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    public var place: String { "directory \(path)" }

    private var incoming: String { "\(path)/incoming" }
    private var mark: String { "\(path)/phantom-images" }
    /// After so long nobody writes a file any more.
    private static let hoursOfWriting = 3

    public func identity() throws(BlobError) -> String? {
        do throws(FileFault) {
            let text = String(decoding: try FileCalls.read(mark, most: 100), as: UTF8.self)
            return text.hasSuffix("\n") ? String(text.dropLast()) : text
        } catch {
            if error.isAbsence { return nil }
            throw unavailable(error)
        }
    }

    public func claim(_ identity: String) throws(BlobError) {
        try telling { () throws(FileFault) in
            try FileCalls.makeFolder(path)
            try FileCalls.makeFolder(incoming)
            try write(Array("\(identity)\n".utf8), to: mark, in: path)
        }
    }

    public func put(_ content: [UInt8], _ name: Digest) throws(BlobError) {
        let file = "\(path)/\(name.blobPath)", folder = "\(path)/\(name.hexadecimal.prefix(2))"
        // It may have been renamed by somebody who has not come to the next line.
        if let there = try? FileCalls.read(file, most: content.count), there == content {
            return try telling { () throws(FileFault) in try FileCalls.synchronise(folder) }
        }
        try telling { () throws(FileFault) in try write(content, to: file, in: folder) }
    }

    /// Writes a file aside and gives it its name when it is on the disk.
    private func write(_ content: [UInt8], to file: String, in folder: String) throws(FileFault) {
        let partial = "\(incoming)/\(FileCalls.newName())"
        do throws(FileFault) {
            try FileCalls.write(content, to: partial)
            if try FileCalls.makeFolder(folder) { try FileCalls.synchronise(path) }
            try FileCalls.rename(partial, to: file)
        } catch {
            try? FileCalls.remove(partial)
            throw error
        }
        try FileCalls.synchronise(folder)
    }

    public func content(of name: Digest, byteCount: Int) throws(BlobError) -> [UInt8] {
        let file = "\(path)/\(name.blobPath)"
        let content: [UInt8]
        do throws(FileFault) {
            content = try FileCalls.read(file, most: byteCount)
        } catch {
            throw missing(error, file)
        }
        return try BlobError.checked(content, name, place: file)
    }

    private func missing(_ fault: FileFault, _ file: String) -> BlobError {
        switch fault {
        case _ where fault.isAbsence: .missing("\(file) is not there")
        case .tooLarge(_, let most): .damaged("\(file): expected \(most) bytes, got more")
        case .call: unavailable(fault)
        }
    }

    public func remove(_ name: Digest) throws(BlobError) {
        try telling { () throws(FileFault) in try FileCalls.remove("\(path)/\(name.blobPath)") }
    }

    public func names(beginningWith byte: UInt8) throws(BlobError) -> [Digest] {
        let folder = Hexadecimal.encode([byte])
        do throws(FileFault) {
            let names = try FileCalls.names(in: "\(path)/\(folder)").filter { $0.hasPrefix(folder) }
            // Whatever else lies there is nobody's of ours.
            return names.sorted().compactMap { name in
                Digest(hexadecimal: name).flatMap { $0.hexadecimal == name ? $0 : nil }
            }
        } catch {
            if error.isAbsence { return [] }
            throw unavailable(error)
        }
    }

    public func removeLeftovers() throws(BlobError) {
        try telling { () throws(FileFault) in
            // A file made now tells the time by the clock that the others have theirs from.
            let probe = "\(incoming)/\(FileCalls.newName())"
            try FileCalls.write([], to: probe)
            let now = try FileCalls.changed(probe)
            for name in try FileCalls.names(in: incoming) {
                let file = "\(incoming)/\(name)"
                guard let time = try? FileCalls.changed(file) else { continue }
                if time < now - 3_600 * Self.hoursOfWriting { try FileCalls.remove(file) }
            }
            try FileCalls.remove(probe)
        }
    }

    public func checkWritable() throws(BlobError) {
        try telling { () throws(FileFault) in
            let probe = "\(incoming)/\(FileCalls.newName())"
            do throws(FileFault) {
                try FileCalls.write([UInt8](repeating: 0, count: 4_096), to: probe)
            } catch {
                try? FileCalls.remove(probe)
                throw error
            }
            try FileCalls.remove(probe)
        }
    }

    // MARK: Faults

    private func telling<Value>(_ body: () throws(FileFault) -> Value) throws(BlobError) -> Value {
        do throws(FileFault) {
            return try body()
        } catch {
            throw unavailable(error)
        }
    }

    private func unavailable(_ fault: FileFault) -> BlobError {
        if fault.isOfSpace { return .full("the \(place) of images: \(fault)") }
        return .unavailable("the \(place) of images: \(fault)")
    }
}
