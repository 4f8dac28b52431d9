// The only file of this target that calls the operating system: the store's file and its lock, free space, the wall clock.
import Glibc

/// The store's file, held by this process alone: created with mode 0600, locked while the value lives.
///
/// The lock is on a file beside it (`<path>.lock`) and not on the database, whose own locks SQLite manages with fcntl: closing any
/// descriptor of a file drops those. The kernel releases a flock when its process dies, however it dies, so whoever gets it knows
/// that every job marked as running belongs to a dead process.
struct StoreFile: ~Copyable {
    let path: String
    private let lock: Int32

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
            let file = unsafe open(path, flags, 0o600)
            guard file >= 0 else { throw .unusableStore(path: path, reason: "cannot open it: \(lastError())") }
            defer { close(file) }
            guard fchmod(file, 0o600) == 0 else {
                throw .unusableStore(path: path, reason: "cannot set its mode to 0600: \(lastError())")
            }
        } catch {
            close(lock)
            throw error
        }
        self.lock = lock
    }

    deinit {
        close(lock)
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

private func lastError() -> String {
    unsafe String(cString: strerror(errno))
}

extension Timestamp {
    /// The wall clock.
    public static var now: Timestamp {
        var time = timespec()
        // The wall clock exists on every Linux: the call cannot fail.
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
