import GRDB
import Jobs
import struct Foundation.Data

/// Reads jobs out of rows of the table `jobs`.
struct JobRow {
    let ordinal: Int64
    var job: Job
    let fruitlessAttempts: Int
    let images: Int
    /// Whether a process holds it, be it that nothing has been computed yet.
    let isLeased: Bool

    static func fetch(_ db: Database, id: JobID) throws -> JobRow? {
        try db.first("SELECT * FROM jobs WHERE id = ?", [id.description]).map { try JobRow($0, db) }
    }

    /// - Throws: `gone` or `notFound` when there is no such job.
    static func require(_ db: Database, id: JobID) throws -> JobRow {
        if let found = try fetch(db, id: id) { return found }
        if let stone = try db.first("SELECT why, removed_at FROM tombstones WHERE id = ?", [id.description]) {
            throw JobStoreError.gone(
                id, why: RemovalReason(rawValue: stone["why"]) ?? .deleted,
                at: stone.moment("removed_at"))
        }
        throw JobStoreError.notFound(id)
    }

    /// - Parameter positions: of queued jobs by ordinal, where a whole page of them was counted at once.
    init(_ row: Row, _ db: Database, positions: [Int64: Int]? = nil) throws {
        ordinal = row["ordinal"]
        fruitlessAttempts = Int(row.count("fruitless_attempts"))
        images = Int(row.count("images"))
        let (id, stored) = try DamagedRow.check(row)
        isLeased = stored == .running
        let status = JobRules.status(stored, hasBegun: (row["has_begun"] as Int64) != 0)
        job = Job(
            id: id, kind: row["kind"], model: ModelReference(name: row["model"], weightsSHA256: row["weights_sha256"]),
            request: Self.bytes(row["request"]), createdAt: row.moment("created_at"))
        (job.status, job.version) = (status, JobVersion(number: row["version"]))
        if let started = row.optionalMoment("started_at") { job.begin(at: started) }
        job.finishedAt = row.optionalMoment("finished_at")
        (job.progress.steps, job.progress.images) = (Int(row.count("steps")), images)
        job.attempt = Int(row.count("attempt"))
        if !(row["resumed_from_step"] as DatabaseValue).isNull {
            job.resumedFromStep = Int(row.count("resumed_from_step"))
        }
        job.error = Self.optionalBytes(row["error"])
        job.apply(
            JobUsage(
                computeNanoseconds: row.total("compute_ns"), networkCalls: row.total("network_calls"),
                imageSteps: row.total("image_steps"), imagesDone: Int(row.count("images_done"))))
        job.owner = row["owner"]
        job.arithmetic = row["arithmetic"]
        job.isPinned = (row["is_pinned"] as Int64) != 0
        if Self.imagesListed(row) > 0 { job.images = try ImageRow.records(db, of: ordinal) }
        if status == .queued {
            job.queuePosition =
                try positions.map { $0[ordinal] }
                ?? Self.queuePosition(db, of: ordinal, turn: row["turn"], isLarge: (row["is_large"] as Int64) != 0)
        }
    }

    /// Images that the job lists: `JobRules.imagesListed`.
    static func imagesListed(_ row: Row) -> Int {
        JobRules.imagesListed(
            JobStatus(rawValue: row["status"]), images: row.count("images"), done: row.count("images_done"))
    }

    private static func queuePosition(
        _ db: Database, of ordinal: Int64, turn: Int64, isLarge: Bool
    ) throws -> Int? {
        try db.value(
            """
            SELECT count(*) FROM jobs WHERE \(SQLiteJobStore.isWaiting) AND (is_large <> 0) = ? AND \
            (turn, ordinal) <= (?, ?)
            """, [isLarge, turn, ordinal])
    }

    /// The positions of all jobs that wait, large and small ones each by themselves, up to the latest of a page: in one
    /// pass.
    static func queuePositions(_ db: Database, upTo rows: some Collection<Row>) throws -> [Int64: Int] {
        let open = [JobStatus.queued.rawValue, JobStatus.running.rawValue]
        guard let latest = rows.lazy.filter({ open.contains($0["status"]) }).map({ $0["turn"] as Int64 }).max()
        else {
            return [:]
        }
        let waiting = try db.cursor(
            """
            SELECT ordinal, is_large <> 0 FROM jobs WHERE \(SQLiteJobStore.isWaiting) AND turn <= ? ORDER \
            BY turn, ordinal
            """, [latest])
        var positions: [Int64: Int] = [:]
        var next = JobRules.QueuePositions()
        while let row = try waiting.next() { positions[row[0]] = next.next(isLarge: row[1]) }
        return positions
    }

    static func optionalBytes(_ value: DatabaseValue) -> [UInt8]? { value.isNull ? nil : bytes(value) }

    static func bytes(_ value: DatabaseValue) -> [UInt8] {
        Data.fromDatabaseValue(value).map(Array.init) ?? []
    }
}
