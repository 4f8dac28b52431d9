import GRDB
import struct Foundation.Data

/// Reads jobs out of rows of the table `jobs`.
struct JobRow {
    let ordinal: Int64
    var job: Job
    let fruitlessAttempts: Int
    let images: Int

    static func fetch(_ db: Database, id: JobID) throws -> JobRow? {
        let row = try Row.fetchOne(
            db.cachedStatement(sql: "SELECT * FROM jobs WHERE id = ?"), arguments: [id.description])
        return try row.map { try JobRow($0, db) }
    }

    /// - Throws: `gone` or `notFound` when there is no such job.
    static func require(_ db: Database, id: JobID) throws -> JobRow {
        if let found = try fetch(db, id: id) { return found }
        if let stone = try Row.fetchOne(
            db, sql: "SELECT why, removed_at FROM tombstones WHERE id = ?", arguments: [id.description])
        {
            throw JobStoreError.gone(
                id, why: RemovalReason(rawValue: stone["why"]) ?? .deleted,
                at: stone.moment("removed_at"))
        }
        throw JobStoreError.notFound(id)
    }

    init(_ row: Row, _ db: Database) throws {
        ordinal = row["ordinal"]
        fruitlessAttempts = Int(row.count("fruitless_attempts"))
        images = Int(row.count("images"))
        guard let id = JobID(row["id"] as String), let status = JobStatus(rawValue: row["status"]) else {
            throw JobStoreError.storeUnavailable("row \(ordinal) of jobs has an unreadable id or status")
        }
        let created = row.moment("created_at"), started = row.optionalMoment("started_at")
        job = Job(
            id: id, kind: row["kind"], status: status,
            model: ModelReference(name: row["model"], weightsSHA256: row["weights_sha256"]),
            request: Self.bytes(row["request"]), createdAt: created, startedAt: started,
            finishedAt: row.optionalMoment("finished_at"), progress: JobProgress(step: 0, steps: Int(row.count("steps")), imagesDone: 0, images: images),
            attempt: Int(row.count("attempt")),
            resumedFromStep: (row["resumed_from_step"] as DatabaseValue).isNull ? nil : Int(row.count("resumed_from_step")),
            timing: JobTiming(
                queueMilliseconds: started.map { max(0, $0.milliseconds - created.milliseconds) }, computeMilliseconds: 0, networkCalls: 0, imageSteps: 0),
            error: Self.optionalBytes(row["error"]),
            images: [], queuePosition: nil, version: JobVersion(number: row["version"]))
        job.apply(
            JobUsage(
                computeNanoseconds: row.total("compute_ns"), networkCalls: row.total("network_calls"),
                imageSteps: row.total("image_steps"), imagesDone: Int(row.count("images_done"))))
        if status == .succeeded { job.images = try ImageRow.records(db, of: ordinal) }
        if status == .queued { job.queuePosition = try Self.queuePosition(db, of: ordinal) }
    }

    private static func queuePosition(_ db: Database, of ordinal: Int64) throws -> Int? {
        try Int.fetchOne(
            db.cachedStatement(sql: "SELECT count(*) FROM jobs WHERE status = 'queued' AND ordinal <= ?"),
            arguments: [ordinal])
    }

    static func optionalBytes(_ value: DatabaseValue) -> [UInt8]? { value.isNull ? nil : bytes(value) }

    static func bytes(_ value: DatabaseValue) -> [UInt8] {
        Data.fromDatabaseValue(value).map(Array.init) ?? []
    }
}

extension Job {
    package var usage: JobUsage {
        JobUsage(
            computeNanoseconds: Int64(exactly: (timing.computeMilliseconds * 1e6).rounded()) ?? .max, networkCalls: timing.networkCalls,
            imageSteps: timing.imageSteps, imagesDone: progress.imagesDone)
    }

    /// Takes over the totals of a running attempt.
    mutating func apply(_ usage: JobUsage) {
        timing.computeMilliseconds = Double(usage.computeNanoseconds) / 1e6
        timing.networkCalls = usage.networkCalls
        timing.imageSteps = usage.imageSteps
        progress.step = Int(clamping: usage.imageSteps / Int64(max(1, progress.images)))
        progress.imagesDone = usage.imagesDone
    }
}
