import Glibc
import Jobs

/// A file that is written beside its place and gets its name when it is whole.
struct FileInMaking {
    let path: String
    let place: String

    /// Makes it, empty, for its owner alone; what a process that died has left of it goes.
    /// - Throws: `unusableStore`.
    init(place: String) throws(JobStoreError) {
        (path, self.place) = (place + ".partial", place)
        remove()
        let file = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw .unusableStore(path: path, reason: "cannot make it: \(lastError())") }
        close(file)
    }

    /// Gives it its name, in the place of whatever has it, and returns when that is on the disk.
    /// - Throws: `unusableStore`.
    func finish() throws(JobStoreError) {
        try Self.synchronise(path)
        guard unsafe rename(path, place) == 0 else {
            throw .unusableStore(path: place, reason: "cannot rename \(path): \(lastError())")
        }
        try Self.synchronise(Self.folder(of: place))
    }

    /// Removes the file with what SQLite may have put beside it.
    func remove() { for suffix in ["", "-journal", "-wal", "-shm"] { _ = unsafe unlink(path + suffix) } }

    private static func synchronise(_ path: String) throws(JobStoreError) {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        defer { if file >= 0 { close(file) } }
        guard file >= 0, fsync(file) == 0 else {
            throw .unusableStore(path: path, reason: "cannot bring it to the disk: \(lastError())")
        }
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Bytes of a file; nil where there is none.
    static func size(of path: String) -> Int64? {
        var info = stat()
        return unsafe stat(path, &info) == 0 ? Int64(info.st_size) : nil
    }

    /// Bytes free to this user where a file is to lie; nil if that cannot be told.
    static func free(for path: String) -> Int64? {
        var info = statvfs()
        guard unsafe statvfs(folder(of: path), &info) == 0 else { return nil }
        let (free, overflow) = Int64(clamping: info.f_frsize).multipliedReportingOverflow(
            by: Int64(clamping: info.f_bavail))
        return overflow ? .max : free
    }
}
