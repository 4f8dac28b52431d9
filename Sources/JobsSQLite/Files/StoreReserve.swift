import Glibc

/// Room on the disk that is kept for making room: a file beside the store which is given back when not even a delete
/// can be written any more, and is made again when there is space.
struct StoreReserve: Sendable {
    let path: String
    /// Enough for the log of some deletes: the pages of a job's images go to the list of free ones unread, some tens of
    /// pages are written; the log is emptied in between.
    let bytes: Int64

    static let standardBytes: Int64 = 1 << 20

    /// - Parameter total: bytes of the file system; of a small one the reserve is an eighth.
    init(storePath: String, total: Int64?) {
        path = storePath + ".reserve"
        bytes = min(Self.standardBytes, total.map { $0 / 8 } ?? Self.standardBytes)
    }
}

extension StoreReserve {
    /// Makes the file, or makes it whole again.
    /// - Returns: whether it is there now. Where there is no room it is not, and the store works as well until it is
    ///   full.
    func keep() -> Bool {
        let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { return false }
        defer { close(file) }
        guard posix_fallocate(file, 0, off_t(bytes)) == 0 else {
            giveBack()
            return false
        }
        return true
    }

    func giveBack() { _ = unsafe unlink(path) }
}
