import Glibc
import Jobs

/// The store's file, held by this process alone: created with mode 0600, locked while the value lives.
///
/// The lock is on a file beside it (`<path>.lock`) and not on the database, whose own locks SQLite manages with fcntl:
/// closing any descriptor of a file drops those. The kernel releases a flock when its process dies, however it dies, so
/// whoever gets it knows that every job marked as running belongs to a dead process.
///
/// Who removes the lock file, or comes by another name of the database, would get a lock of his own. So a second lock
/// lies on the database itself: one byte far behind its largest size, held by the open file description (fcntl(2),
/// F_OFD_SETLK), which neither meets SQLite's own locks nor goes with them.
struct StoreFile: ~Copyable {
    let path: String
    private let lock: Int32
    private let database: Int32

    /// - Parameter patience: how long to wait for a process that is just dying.
    /// - Throws: `storeInUse`, `unusableStore`.
    init(path: String, patience: Duration) throws(JobStoreError) {
        self.path = path
        let lockPath = path + ".lock"
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
        let lock = unsafe open(lockPath, flags, 0o600)
        guard lock >= 0 else { throw .unusableStore(path: path, reason: "cannot open \(lockPath): \(lastError())") }
        do throws(JobStoreError) {
            try Self.acquire(lock, path: path, patience: patience)
            Self.writeHolder(lock)
            database = try Self.openDatabase(path, flags, patience: patience)
        } catch {
            close(lock)
            throw error
        }
        self.lock = lock
    }

    deinit {
        close(database)
        close(lock)
    }

    private static func openDatabase(_ path: String, _ flags: Int32, patience: Duration) throws(JobStoreError) -> Int32
    {
        let file = unsafe open(path, flags, 0o600)
        guard file >= 0 else { throw .unusableStore(path: path, reason: "cannot open it: \(lastError())") }
        do throws(JobStoreError) {
            guard fchmod(file, 0o600) == 0 else {
                throw .unusableStore(path: path, reason: "cannot set its mode to 0600: \(lastError())")
            }
            guard let links = Inode.opened(file)?.links, links == 1 else {
                throw .unusableStore(
                    path: path, reason: "it has more than one name (hard links), by which another process could open it"
                )
            }
            let deadline = ContinuousClock.now + patience
            while !lockFarByte(of: file) {
                guard errno == EAGAIN || errno == EACCES || errno == EINTR else {
                    throw .unusableStore(path: path, reason: "cannot lock it: \(lastError())")
                }
                guard ContinuousClock.now < deadline else { throw .storeInUse(path: path, holder: "another process") }
                usleep(10_000)
            }
            return file
        } catch {
            close(file)
            throw error
        }
    }

    /// SQLite locks bytes around 2^30 and keeps its pages below 2^48.
    private static func lockFarByte(of file: Int32) -> Bool {
        // Of Linux, the same number on every architecture; Glibc's module leaves it out.
        let setLockOfDescription: Int32 = 37
        var range = flock()
        range.l_type = Int16(F_WRLCK)
        range.l_whence = Int16(SEEK_SET)
        range.l_start = 1 << 62
        range.l_len = 1
        return unsafe fcntl(file, setLockOfDescription, &range) == 0
    }

    private static func acquire(_ lock: Int32, path: String, patience: Duration) throws(JobStoreError) {
        let deadline = ContinuousClock.now + patience
        while flock(lock, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw .unusableStore(path: path, reason: "cannot lock it: \(lastError())")
            }
            guard ContinuousClock.now < deadline else { throw .storeInUse(path: path, holder: holder(lock)) }
            usleep(10_000)
        }
    }

    /// The process id is for people: the lock itself is what counts.
    private static func writeHolder(_ lock: Int32) {
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(lock, 0) == 0 else { return }
        _ = unsafe pwrite(lock, text, text.count, 0)
    }

    private static func holder(_ lock: Int32) -> String {
        var text = [UInt8](repeating: 0, count: 20)
        let count = unsafe pread(lock, &text, text.count, 0)
        let digits = text.prefix(max(0, count)).prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        return digits.isEmpty ? "another process" : "process \(String(decoding: digits, as: UTF8.self))"
    }

    /// Bytes of the write-ahead log beside the database.
    borrowing func logSize() -> Int64 {
        var info = stat()
        return unsafe stat(path + "-wal", &info) == 0 ? Int64(info.st_size) : 0
    }

    /// Removes the log, which must be empty, and its index.
    borrowing func removeLog() { for suffix in ["-wal", "-shm"] { _ = unsafe unlink(path + suffix) } }

    /// Bytes of the database.
    borrowing func databaseSize() -> Int64? {
        var info = stat()
        return unsafe stat(path, &info) == 0 ? Int64(info.st_size) : nil
    }

    /// Bytes free to this user, and the size of the file system; nil if that cannot be told.
    borrowing func space() -> (free: Int64, total: Int64)? {
        var info = statvfs()
        guard unsafe statvfs(path, &info) == 0 else { return nil }
        let unit = Int64(clamping: info.f_frsize)
        let (free, freeOverflow) = unit.multipliedReportingOverflow(by: Int64(clamping: info.f_bavail))
        let (total, totalOverflow) = unit.multipliedReportingOverflow(by: Int64(clamping: info.f_blocks))
        return (freeOverflow ? .max : free, totalOverflow ? .max : total)
    }
}
