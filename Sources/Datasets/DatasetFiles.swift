import Bytes
import Glibc

/// Files of a data set: listed, read whole, and told from their earlier selves.
enum DatasetFiles {
    /// Files below a folder at most; sets of more are given in parts.
    static let mostFiles = 5_000_000
    /// Bytes of a table or a picture that is read whole.
    static let mostBytes = 1 << 30
    /// Bytes that deflate packs into one at most: what a packed file promises beyond that is not in it.
    static let mostPacked = 1032

    /// What a file is to the system.
    struct Status: Equatable {
        let size: Int
        let isFolder: Bool
        let isFile: Bool
        /// Nanoseconds since 1970.
        let modified: Int

        /// Differs when the file was written anew.
        var fingerprint: String { "\(size) \(modified)" }
    }

    /// Nil where there is nothing.
    static func status(_ path: String) -> Status? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        let kind = status.st_mode & S_IFMT
        return Status(
            size: Int(status.st_size), isFolder: kind == S_IFDIR, isFile: kind == S_IFREG,
            modified: Int(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int(status.st_mtim.tv_nsec))
    }

    /// The bytes of a regular file.
    /// - Throws: `DatasetError` where there is none, it cannot be read, or it is larger than `limit`.
    static func bytes(_ path: String, limit: Int = mostBytes) throws(DatasetError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw DatasetError(path: path, expected: "a readable file", got: systemMessage(errno))
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw DatasetError(path: path, expected: "a regular file", got: "something else")
        }
        let size = Int(status.st_size)
        guard size <= limit else {
            throw DatasetError(path: path, expected: "at most \(limit) bytes", got: "\(size)")
        }
        var count = 0
        var failure: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            while count < size, let base = buffer.baseAddress {
                let got = unsafe read(descriptor, base + count, size - count)
                if got < 0, errno == EINTR { continue }
                guard got > 0 else {
                    failure = got < 0 ? errno : 0
                    break
                }
                count += got
            }
            initialized = count
        }
        guard count == size else {
            let reason = failure == 0 ? "\(count): it was cut off meanwhile" : systemMessage(failure)
            throw DatasetError(path: path, expected: "\(size) bytes", got: reason)
        }
        return bytes
    }

    /// Writes the bytes behind what an open file holds.
    /// - Throws: `DatasetError` where the disk is full or fails.
    static func append(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(DatasetError) {
        var failure: Int32 = 0
        unsafe bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count, let base = buffer.baseAddress {
                let written = unsafe write(descriptor, base + done, buffer.count - done)
                if written < 0, errno == EINTR { continue }
                guard written > 0 else {
                    failure = written < 0 ? errno : ENOSPC
                    return
                }
                done += written
            }
        }
        guard failure == 0 else {
            throw DatasetError(
                path: path, expected: "room for \(bytes.count) more bytes", got: systemMessage(failure))
        }
    }

    /// The paths of all regular files below a folder, from the folder on, in the order of their bytes. Hidden files
    /// and folders are passed over, and symbolic links to folders are not followed.
    /// - Throws: `DatasetError` where a folder cannot be read, or there are more files than `mostFiles`.
    static func list(below root: String) throws(DatasetError) -> [String] {
        var found: [String] = []
        var folders = [""]
        while let folder = folders.popLast() {
            for name in try names(in: folder.isEmpty ? root : "\(root)/\(folder)") where !name.hasPrefix(".") {
                let path = folder.isEmpty ? name : "\(folder)/\(name)"
                var status = stat()
                guard unsafe lstat("\(root)/\(path)", &status) == 0 else { continue }
                switch status.st_mode & S_IFMT {
                case S_IFDIR: folders.append(path)
                case S_IFREG: found.append(path)
                case S_IFLNK where Self.status("\(root)/\(path)")?.isFile == true: found.append(path)
                default: continue
                }
                guard found.count <= mostFiles else {
                    throw DatasetError(path: root, expected: "at most \(mostFiles) files", got: "more")
                }
            }
        }
        return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The files of a set: all below a folder, or, where the set is one file, those that lie beside it in its folder.
    /// - Returns: the folder, the paths from it on, and the name of the one file, nil for a folder.
    /// - Throws: `DatasetError` as `list(below:)` does.
    static func ofSet(_ path: String) throws(DatasetError) -> (folder: String, files: [String], only: String?) {
        guard status(path)?.isFile == true else { return (path, try list(below: path), nil) }
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        return (folder, try names(in: folder).sorted(), slash.map { String(path[path.index(after: $0)...]) } ?? path)
    }

    /// The names in a folder, in no order.
    static func names(in folder: String) throws(DatasetError) -> [String] {
        guard let handle = unsafe opendir(folder) else {
            throw DatasetError(path: folder, expected: "a readable folder", got: systemMessage(errno))
        }
        defer { unsafe closedir(handle) }
        var names: [String] = []
        while let entry = unsafe readdir(handle) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
                unsafe String(cString: UnsafeRawPointer(field).assumingMemoryBound(to: CChar.self))
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Makes a folder and those above it; one that is there is kept.
    /// - Throws: `DatasetError` naming the folder that cannot be made, and why.
    static func makeFolders(_ path: String) throws(DatasetError) {
        do throws(FolderMaking.Failure) { try FolderMaking.make(path) } catch {
            throw DatasetError(path: error.place, expected: "a folder", got: error.reason ?? "no name of one")
        }
    }

    /// The system's words for an error number.
    static func systemMessage(_ number: Int32) -> String { unsafe String(cString: strerror(number)) }
}
