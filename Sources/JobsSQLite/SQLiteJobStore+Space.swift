import GRDB
import Jobs

// Room: when there is enough for a new job, how it is made again, and how a full store can still be emptied.
extension SQLiteJobStore {
    /// What the write-ahead log of one small transaction takes at most, for which pages free inside the database are no
    /// use.
    private static let logBytes: Int64 = 256 << 10
    /// Pages that are given back at once: their move takes some milliseconds, and others wait for it.
    private static let reclaimedPages = 1_024
    /// What moving one page writes into the log at most: itself, who points to it, and the map of pointers.
    private static let bytesOfMove: Int64 = 16 << 10

    /// - Throws: `storeFull` when less is free, on the disk and inside the database together, than what is reserved for
    ///   the jobs already accepted.
    func checkSpace() throws(JobStoreError) {
        guard let before = space else { return }
        let reserve = configuration.reservedBytes ?? Self.usualReserve(total: before.total)
        // The log is emptied into the database, which may have to grow by as much before the log becomes smaller.
        guard before.free - logSize < reserve else { return }
        try? inWriter { db in _ = try db.checkpoint(.truncate) }
        guard let space, space.free < reserve else { return }
        let reusable = try freeInside().bytes
        guard space.free >= min(Self.logBytes, reserve), space.free >= reserve - reusable else {
            throw .storeFull(
                """
                \(space.free) bytes are free and \(reusable) inside the database, \(reserve) are kept in reserve \
                for accepted jobs
                """
            )
        }
    }

    /// Bytes of the write-ahead log.
    var logSize: Int64 {
        switch file {
        case .some(let file): file.logSize()
        case .none: 0
        }
    }

    /// Bytes of the database itself; nil for a store in memory.
    var databaseSize: Int64? {
        switch file {
        case .some(let file): file.databaseSize()
        case .none: nil
        }
    }

    /// Bytes free on the file system, and its size; nil for a store in memory.
    var space: (free: Int64, total: Int64)? {
        switch file {
        case .some(let file): file.space()
        case .none: nil
        }
    }

    public func footprint() -> StoreFootprint? {
        guard let space, let database = databaseSize else { return nil }
        return StoreFootprint(database: database, log: logSize, free: space.free)
    }

    public func checkWritable() throws(JobStoreError) {
        try? reclaim()
        if let reserve, let space, space.free >= 2 * reserve.bytes { _ = reserve.keep() }
        try checkSpace()
        try write { db in try db.run("UPDATE probe SET count = count + 1") }
    }

    /// A transaction that makes room: on a full disk the reserve is given back for it.
    func writeMakingRoom<Value>(_ body: (Database) throws -> Value) throws(JobStoreError) -> Value {
        let value: Value
        do {
            value = try write(body)
        } catch .storeFull(let detail) {
            guard let reserve else { throw .storeFull(detail) }
            reserve.giveBack()
            value = try write(body)
        }
        // What cannot be given back now is with the next look at the store.
        try? reclaim()
        return value
    }

    /// Gives pages that are free inside the database back to the file system, some at a time. Where the disk is short
    /// the log is emptied as well: only then do the files become smaller. What the moves write into the log must fit
    /// into what is left.
    private func reclaim() throws(JobStoreError) {
        let pages = try freeInside().pages
        let isShort = space.map { $0.free < Self.usualReserve(total: $0.total) + Self.logBytes } ?? false
        if pages > 0 {
            let affordable = isShort ? max(8, Int(clamping: (space?.free ?? 0) / Self.bytesOfMove)) : pages
            let limit = min(pages, affordable, Self.reclaimedPages)
            try write { db in _ = try Row.fetchAll(db, sql: "PRAGMA incremental_vacuum(\(limit))") }
        }
        if isShort { try inWriter { db in _ = try db.checkpoint(.truncate) } }
    }

    /// What is kept free for the jobs already accepted on a file system of `total` bytes, where nobody says otherwise.
    private static func usualReserve(total: Int64) -> Int64 { min(16 << 20, total / 20) }

    /// What is free inside the database.
    private func freeInside() throws(JobStoreError) -> (pages: Int, bytes: Int64) {
        try read { db in
            let pages: Int = max(0, try db.value("PRAGMA freelist_count") ?? 0)
            let size: Int64 = try db.value("PRAGMA page_size") ?? 0
            let (bytes, overflow) = Int64(pages).multipliedReportingOverflow(by: size)
            return (pages, overflow ? 0 : max(0, bytes))
        }
    }
}
