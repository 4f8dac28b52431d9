// The only file of this folder that calls the system.
import Glibc

/// Why a call about a file did not succeed.
enum FileFault: Error, Equatable, CustomStringConvertible {
    /// - Parameters:
    ///   - what: was to be done, and with which file.
    ///   - code: of `errno`.
    case call(what: String, code: Int32)
    case tooLarge(path: String, most: Int)

    var isAbsence: Bool {
        if case .call(_, let code) = self { return code == ENOENT || code == ENOTDIR }
        return false
    }

    var isOfSpace: Bool {
        if case .call(_, let code) = self { return code == ENOSPC || code == EDQUOT }
        return false
    }

    var description: String {
        switch self {
        case .tooLarge(let path, let most): "\(path) has more than \(most) bytes"
        case .call(let what, let code):
            "cannot \(what): \(unsafe String(cString: strerror(code)))" + (Self.wayOut(code).map { "; \($0)" } ?? "")
        }
    }

    private static func wayOut(_ code: Int32) -> String? {
        switch code {
        case EACCES, EPERM: "give the directory to the user that the service runs as"
        case EROFS: "the file system is mounted for reading only"
        case ENOENT, ENOTDIR: "is it mounted?"
        case ENOSPC, EDQUOT: "make room there"
        case ESTALE: "mount it anew"
        default: nil
        }
    }
}

/// Calls of the system about files and folders, each of which begins again when a signal has broken it off.
enum FileCalls {
    /// The whole content.
    /// - Parameter most: bytes that it may have.
    static func read(_ path: String, most: Int) throws(FileFault) -> [UInt8] {
        let file = try opened(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, "read")
        defer { close(file) }
        var info = stat()
        guard unsafe fstat(file, &info) == 0 else { throw .call(what: "read \(path)", code: errno) }
        // A folder or a pipe has no length to speak of.
        guard info.st_mode & S_IFMT == S_IFREG else { throw .call(what: "read \(path)", code: EINVAL) }
        guard info.st_size <= most else { throw .tooLarge(path: path, most: most) }
        var content = [UInt8](repeating: 0, count: Int(info.st_size)), count = 0
        while count < content.count {
            let got = unsafe content.withUnsafeMutableBytes { bytes in
                unsafe Glibc.read(file, bytes.baseAddress! + count, bytes.count - count)  // Not empty in here.
            }
            if got < 0 {
                if errno == EINTR { continue }
                throw .call(what: "read \(path)", code: errno)
            }
            if got == 0 { return Array(content.prefix(count)) }
            count += got
        }
        return content
    }

    /// Makes a file, for its owner alone, and returns when its content is on the disk.
    static func write(_ content: [UInt8], to path: String) throws(FileFault) {
        let file = try opened(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, "make")
        var isOpen = true
        defer { if isOpen { close(file) } }
        var count = 0
        while count < content.count {
            let put = unsafe content.withUnsafeBytes { bytes in
                unsafe Glibc.write(file, bytes.baseAddress! + count, bytes.count - count)  // Not empty in here.
            }
            if put < 0 {
                if errno == EINTR { continue }
                throw .call(what: "write \(path)", code: errno)
            }
            count += put
        }
        guard fsync(file) == 0 else { throw .call(what: "bring \(path) to the disk", code: errno) }
        isOpen = false
        // Some file systems say only now that there was no room.
        guard close(file) == 0 || errno == EINTR else { throw .call(what: "write \(path)", code: errno) }
    }

    static func rename(_ path: String, to place: String) throws(FileFault) {
        guard unsafe Glibc.rename(path, place) == 0 else {
            throw .call(what: "rename \(path) to \(place)", code: errno)
        }
    }

    /// Removes a file, if there is one.
    static func remove(_ path: String) throws(FileFault) {
        if unsafe unlink(path) == 0 || errno == ENOENT { return }
        throw .call(what: "remove \(path)", code: errno)
    }

    /// Makes a folder, for its owner alone, if there is none.
    /// - Returns: whether there was none.
    @discardableResult
    static func makeFolder(_ path: String) throws(FileFault) -> Bool {
        if unsafe mkdir(path, 0o700) == 0 { return true }
        if errno == EEXIST { return false }
        throw .call(what: "make the folder \(path)", code: errno)
    }

    /// Returns when the names in a folder are on the disk.
    static func synchronise(_ folder: String) throws(FileFault) {
        let file = try opened(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY, "open")
        defer { close(file) }
        guard fsync(file) == 0 else { throw .call(what: "bring \(folder) to the disk", code: errno) }
    }

    /// Seconds since 1970 of the last change of a file's content.
    static func changed(_ path: String) throws(FileFault) -> Int {
        var info = stat()
        guard unsafe lstat(path, &info) == 0 else { throw .call(what: "look at \(path)", code: errno) }
        return info.st_mtim.tv_sec
    }

    /// The names in a folder, in no order.
    static func names(in folder: String) throws(FileFault) -> [String] {
        guard let stream = unsafe opendir(folder) else { throw .call(what: "list \(folder)", code: errno) }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                if errno != 0 { throw .call(what: "list \(folder)", code: errno) }
                return names
            }
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
    }

    /// A name that nobody else has.
    static func newName() -> String {
        var generator = SystemRandomNumberGenerator()
        return "\(String(generator.next(), radix: 16))-\(String(generator.next(), radix: 16))"
    }

    private static func opened(_ path: String, _ flags: Int32, _ what: String) throws(FileFault) -> Int32 {
        while true {
            let file = unsafe open(path, flags, 0o600)
            if file >= 0 { return file }
            if errno != EINTR { throw .call(what: "\(what) \(path)", code: errno) }
        }
    }
}
