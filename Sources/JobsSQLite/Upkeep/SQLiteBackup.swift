import GRDB
import Jobs

/// Copies of a store's file as it is at one moment, without the pages that are free in it (`VACUUM INTO`): for a backup
/// beside the running service, and for a store that takes more room than it needs.
extension SQLiteStoreReader {
    /// Room that is to be left on the disk.
    private static let margin: Int64 = 1 << 20

    /// Writes the store into another file, which gets its name when `check` has found nothing wrong with it.
    /// - Parameters:
    ///   - replacing: whether a file of this name is to make room.
    ///   - check: given the copy.
    /// - Returns: bytes of the copy.
    /// - Throws: `unusableStore`, `storeFull`, `storeUnavailable`, what `check` throws; there is no copy then.
    package func backUp(
        to place: String, replacing: Bool, check: (SQLiteStoreReader) throws(JobStoreError) -> Void
    ) throws(JobStoreError) -> Int64 {
        if let other = Inode.named(place) {
            guard other.inode != Inode.named(path)?.inode else {
                throw .unusableStore(path: place, reason: "it is the store itself; name another file")
            }
            guard replacing else {
                throw .unusableStore(
                    path: place, reason: "there is a file of this name; name another, or add --replace")
            }
        }
        return try write(to: place, check: check)
    }

    /// - Throws: as `backUp`.
    fileprivate func write(
        to place: String, check: (SQLiteStoreReader) throws(JobStoreError) -> Void
    ) throws(JobStoreError) -> Int64 {
        let needed = try usedBytes() + Self.margin
        if let free = FileInMaking.free(for: place), free < needed {
            throw .storeFull("\(place) needs \(needed) bytes, \(free) are free there")
        }
        let file = try FileInMaking(place: place)
        do throws(JobStoreError) {
            try SQLiteJobStore.translatingErrors { () throws in
                try reader.writeWithoutTransaction { db in
                    try db.execute(sql: "VACUUM INTO ?", arguments: [file.path])
                }
            }
            let copy = try SQLiteStoreReader(path: file.path)
            defer { try? copy.reader.close() }
            try check(copy)
            try file.finish()
        } catch {
            file.remove()
            throw error
        }
        return FileInMaking.size(of: place) ?? 0
    }

    /// Bytes of the pages that hold something.
    private func usedBytes() throws(JobStoreError) -> Int64 {
        try SQLiteJobStore.translatingErrors { () throws -> Int64 in
            try reader.read { db in
                let pages = try ["page_count", "freelist_count", "page_size"].map {
                    try Int64.fetchOne(db, sql: "PRAGMA \($0)") ?? 0
                }
                let (bytes, overflow) = max(0, pages[0] - pages[1]).multipliedReportingOverflow(by: pages[2])
                return overflow ? .max / 2 : bytes
            }
        }
    }
}

extension SQLiteJobStore {
    /// Gives the room that is free in a store's file back to the file system, while no process has it open.
    /// - Parameter check: given the smaller file before it takes the place of the other.
    /// - Returns: bytes of the file and its log before, and of the file after.
    /// - Throws: `storeInUse`, `unusableStore`, `storeFull`, `storeUnavailable`; the store is as it was then.
    package static func vacuum(
        path: String, check: (SQLiteStoreReader) throws(JobStoreError) -> Void
    ) throws(JobStoreError) -> (before: Int64, after: Int64) {
        guard Inode.named(path) != nil else { throw .unusableStore(path: path, reason: "there is no such file") }
        let file = try StoreFile(path: path, patience: Configuration().lockPatience)
        let before = (file.databaseSize() ?? 0) + file.logSize()
        let found = try SQLiteStoreReader(path: path)
        guard try found.earlierSchema() == nil else {
            throw .unusableStore(path: path, reason: "an earlier version wrote it; start the service once")
        }
        try found.reader.closeTranslated()
        // What is in the log moves into the file, and the log goes: it must not be beside another file.
        let writer = try translatingErrors { () throws -> DatabaseQueue in
            let writer = try DatabaseQueue(path: path)
            try writer.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
            return writer
        }
        try writer.closeTranslated()
        guard file.logSize() == 0 else { throw .storeInUse(path: path, holder: "a process that reads it") }
        let reader = try SQLiteStoreReader(path: path)
        let after = try reader.write(to: path, check: check)
        try? reader.reader.close()
        file.removeLog()
        return (before, after)
    }
}

extension DatabaseQueue {
    fileprivate func closeTranslated() throws(JobStoreError) {
        try SQLiteJobStore.translatingErrors { () throws in try close() }
    }
}
