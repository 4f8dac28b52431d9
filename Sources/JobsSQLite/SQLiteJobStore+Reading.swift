import GRDB
import Jobs

// What the store tells.
extension SQLiteJobStore {
    public func job(_ id: JobID) throws(JobStoreError) -> Job {
        try read { db in try JobRow.require(db, id: id).job }
    }

    public func image(_ index: Int, of id: JobID) throws(JobStoreError) -> StoredImage {
        try read { db in
            // The image alone: whoever takes all images of a job one by one would else read all their rows each time.
            if let image = try ImageRow.stored(db, of: id, index: index) { return image }
            let job = try JobRow.require(db, id: id).job
            throw JobStoreError.imageNotFound(job: id, index: index, status: job.status)
        }
    }

    /// By one statement: that costs less than one for each, many times over where they are small.
    public func images(_ indices: Range<Int>, of id: JobID) throws(JobStoreError) -> [StoredImage] {
        try read { db in
            let images = try ImageRow.stored(db, of: id, indices)
            if images.isEmpty { _ = try JobRow.require(db, id: id) }
            return images
        }
    }

    public func owner(of id: JobID) throws(JobStoreError) -> String {
        try read { db in
            let sql = "SELECT owner FROM jobs WHERE id = :id UNION ALL SELECT owner FROM tombstones WHERE id = :id"
            guard let row = try db.first(sql, ["id": id.description]) else { throw JobStoreError.notFound(id) }
            return row["owner"]
        }
    }

    public func input(digest: String, owner: String?) throws(JobStoreError) -> JobInput? {
        try read { db in try InputRow.fetch(db, digest: digest, owner: owner) }
    }

    public func audit(after sequence: Int64, limit: Int) throws(JobStoreError) -> [AuditEntry] {
        try read { db in try AuditRow.fetch(db, after: sequence, limit: limit) }
    }

    public func jobs(_ query: JobQuery) throws(JobStoreError) -> JobPage {
        let limit = JobRules.jobsOfPage(limit: query.limit)
        var conditions = ["1"]
        var arguments = StatementArguments()
        func require(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
            guard let value else { return }
            conditions.append(condition)
            arguments += [value]
        }
        switch query.status {
        case .queued: conditions.append(Self.isWaiting)
        case .running: conditions.append(Self.isComputed)
        case .succeeded, .failed, .cancelled:
            require("status = ?", query.status?.rawValue)
            // An index has the ended jobs of an owner by status, and those alone.
            if query.owner != nil { conditions.append("finished_at IS NOT NULL") }
        case nil: break
        }
        // Few have failed or were cancelled, too: see `isWaiting`.
        let isFew = query.status.map { $0 != .succeeded } ?? false
        require("\(isFew ? "+" : "")kind = ?", query.kind)
        require("\(isFew ? "+" : "")model = ?", query.model)
        require("\(query.status?.isTerminal == false ? "+" : "")owner = ?", query.owner)
        if let cursor = query.cursor { require("ordinal < ?", try JobRules.ordinal(ofCursor: cursor)) }
        return try read { db in
            let rows = try db.rows(
                "SELECT * FROM jobs WHERE \(conditions.joined(separator: " AND ")) ORDER BY ordinal DESC LIMIT ?",
                arguments + [limit + 1])
            let listed = rows.prefix(JobRules.jobsOfPage(listing: rows.map(JobRow.imagesListed), limit: limit))
            let positions = try JobRow.queuePositions(db, upTo: listed)
            let jobs = try listed.compactMap { row in
                try damage.passingOver { try JobRow(row, db, positions: positions).job }
            }
            let next = rows.count > listed.count ? listed.last.map { JobRules.cursor($0["ordinal"]) } : nil
            return JobPage(jobs: jobs, nextCursor: next)
        }
    }

    public func counts() throws(JobStoreError) -> JobCounts {
        try read { db in
            var counts = JobCounts(byStatus: [:])
            for row in try db.rows("SELECT status, count(*) AS number FROM jobs GROUP BY status") {
                guard let status = JobStatus(rawValue: row["status"]) else { continue }
                counts.byStatus[status] = row["number"]
            }
            // Few: looked up apart, so that the jobs that have ended are counted from the index alone.
            let waiting: Int = try db.value("SELECT count(*) FROM jobs WHERE \(Self.hasPlace)") ?? 0
            counts.byStatus[.running, default: 0] -= waiting
            counts.byStatus[.queued, default: 0] += waiting
            for status in [JobStatus.queued, .running] where counts[status] == 0 { counts.byStatus[status] = nil }
            return counts
        }
    }

    public func outstandingWork() throws(JobStoreError) -> [OutstandingWork] {
        try read { db in try outstandingWork(db) }
    }

    public func outstandingQueue(since known: StoreRevision?) throws(JobStoreError) -> OutstandingQueue? {
        try read { db in
            // Before the rows: what is written in between is then taken for a change, not for known.
            let revision = StoreRevision(
                ofOthers: try db.value("PRAGMA data_version") ?? 0, own: Int64(db.totalChangesCount))
            return revision == known ? nil : OutstandingQueue(try outstandingWork(db), revision: revision)
        }
    }

    private func outstandingWork(_ db: Database) throws -> [OutstandingWork] {
        try db.rows(
            """
            SELECT ordinal, id, model, status, planned_calls, network_calls, call_units, owner, is_large, images,
                images_done, steps, image_steps
            FROM jobs WHERE status IN ('queued', 'running') ORDER BY turn, ordinal
            """
        ).compactMap { row in
            try damage.passingOver {
                let (id, status) = try DamagedRow.check(row)
                var work = OutstandingWork(
                    id: id, model: row["model"], isRunning: status == .running,
                    plannedCalls: row.total("planned_calls"), unitsPerCall: row.count("call_units"))
                work.callsDone = row.total("network_calls")
                (work.owner, work.isLarge) = (row["owner"], row["is_large"])
                (work.images, work.imagesDone) = (Int(row.count("images")), Int(row.count("images_done")))
                (work.stepsPerImage, work.stepsDone) = (row.count("steps"), row.total("image_steps"))
                return work
            }
        }
    }

    public func measuredRates() throws(JobStoreError) -> [String: MeasuredSpeed] {
        try read { db in
            let rows = try db.rows(
                """
                SELECT model, max(total(compute_ns), 0) / total(network_calls) AS per_call,
                    max(total(compute_ns) FILTER (WHERE call_units > 0), 0)
                        / total(CAST(network_calls AS REAL) * call_units) FILTER (WHERE call_units > 0) AS per_unit
                FROM (
                    SELECT model, compute_ns, network_calls, call_units FROM jobs
                    WHERE status = 'succeeded' AND network_calls > 0 ORDER BY ordinal DESC LIMIT 100)
                GROUP BY model
                """)
            let speeds = rows.map { row in
                (row["model"] as String, MeasuredSpeed(perCall: row["per_call"], perUnit: row["per_unit"]))
            }
            return Dictionary(uniqueKeysWithValues: speeds)
        }
    }
}
