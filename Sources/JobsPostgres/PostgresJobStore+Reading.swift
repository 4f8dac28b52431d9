import Blobs
import Jobs

// What the store tells.
extension PostgresJobStore {
    public func job(_ id: JobID) throws(JobStoreError) -> Job {
        try snapshot { connection in try JobRow.require(connection, id: id).job }
    }

    public func image(_ index: Int, of id: JobID) throws(JobStoreError) -> StoredImage {
        var (image, place) = try find(index, of: id)
        guard place.blob != nil else { return image }
        do throws(BlobError) {
            image.bytes = try place.content(in: configuration.blobs)
        } catch {
            // The job may have gone in between, and its images with it.
            if error.isOfContent { _ = try find(index, of: id) }
            throw .storeUnavailable("image \(index) of job \(id): \(error)")
        }
        return image
    }

    /// - Returns: the image, with its bytes if they are in its row.
    private func find(_ index: Int, of id: JobID) throws(JobStoreError) -> (StoredImage, ContentPlace) {
        try snapshot { connection in
            let found = try connection.run(
                """
                SELECT ordinal, id, status, model, \(ImageRow.qualified), content, blob
                FROM images JOIN jobs ON ordinal = job
                WHERE id = $1 AND image = $2
                """, [.text(id.description), .integer(index)]
            ).rows.first
            guard let found else {
                let job = try JobRow.require(connection, id: id).job
                throw JobStoreError.imageNotFound(job: id, index: index, status: job.status)
            }
            _ = try DamagedRow.check(found)
            let place = ContentPlace(found)
            let image = StoredImage(record: ImageRow.record(found), model: found.text("model"), bytes: place.bytes)
            return (image, place)
        }
    }

    public func owner(of id: JobID) throws(JobStoreError) -> String {
        let found = try read { connection in
            try connection.run(
                "SELECT owner FROM jobs WHERE id = $1 UNION ALL SELECT owner FROM tombstones WHERE id = $1",
                [.text(id.description)]
            ).rows.first
        }
        guard let found else { throw .notFound(id) }
        return found.text("owner")
    }

    public func audit(after sequence: Int64, limit: Int) throws(JobStoreError) -> [AuditEntry] {
        try read { connection in
            try AuditRow.chain(connection)
            return try AuditRow.fetch(connection, after: sequence, limit: limit)
        }
    }

    public func input(digest: String, owner: String?) throws(JobStoreError) -> JobInput? {
        // Of the names that jobs gave it, any will do.
        let found = try read { connection in
            try connection.run(
                """
                SELECT name, digest, media_type, content, blob, byte_count
                FROM inputs JOIN job_inputs USING (digest)
                WHERE digest = $1 AND ($2::text IS NULL OR (SELECT owner FROM jobs WHERE ordinal = job) = $2) LIMIT 1
                """, [.text(digest), .text(owner)]
            ).rows.first
        }
        guard let found else { return nil }
        var input = InputRow.input(found)
        do throws(BlobError) {
            input.bytes = try ContentPlace(found).content(in: configuration.blobs)
        } catch {
            throw .storeUnavailable("input \(digest): \(error)")
        }
        return input
    }

    public func jobs(_ query: JobQuery) throws(JobStoreError) -> JobPage {
        let limit = JobRules.jobsOfPage(limit: query.limit)
        var filter = SQLFilter()
        switch query.status {
        case .queued: filter.require(JobRow.isWaiting)
        case .running: filter.require(JobRow.isComputed)
        case let status: filter.require("status = ?", status.map { .text($0.rawValue) })
        }
        filter.require("kind = ?", query.kind.map { .text($0) })
        filter.require("model = ?", query.model.map { .text($0) })
        filter.require("owner = ?", query.owner.map { .text($0) })
        if let cursor = query.cursor { filter.require("ordinal < ?", .integer(try JobRules.ordinal(ofCursor: cursor))) }
        return try snapshot { [filter] connection in
            let rows = try connection.run(
                "SELECT \(JobRow.columns) FROM jobs WHERE \(filter.sql) ORDER BY ordinal DESC LIMIT \(limit + 1)",
                filter.parameters
            ).rows
            let listed = rows.prefix(JobRules.jobsOfPage(listing: rows.map(JobRow.imagesListed), limit: limit))
            let next = rows.count > listed.count ? listed.last?.integer("ordinal").map(JobRules.cursor) : nil
            let readable = try listed.compactMap { row in try damage.passingOver { try JobRow(row) } }
            return JobPage(jobs: try JobRow.complete(connection, readable), nextCursor: next)
        }
    }

    public func outstandingWork() throws(JobStoreError) -> [OutstandingWork] {
        try read { connection in
            try connection.run(
                """
                SELECT ordinal, id, model, status, planned_calls, network_calls, call_units, owner, is_large, images,
                    images_done, steps, image_steps
                FROM jobs
                WHERE status IN ('queued', 'running') ORDER BY turn, ordinal
                """
            ).rows.compactMap { row in try damage.passingOver { try Self.outstandingWork(row) } }
        }
    }

    private static func outstandingWork(_ row: SQLRow) throws(JobStoreError) -> OutstandingWork {
        let (id, status) = try DamagedRow.check(row)
        var work = OutstandingWork(
            id: id, model: row.text("model"), isRunning: status == .running,
            plannedCalls: row.total("planned_calls"), unitsPerCall: row.count("call_units"))
        work.callsDone = row.total("network_calls")
        (work.owner, work.isLarge) = (row.text("owner"), row.boolean("is_large"))
        (work.images, work.imagesDone) = (Int(row.count("images")), Int(row.count("images_done")))
        (work.stepsPerImage, work.stepsDone) = (row.count("steps"), row.total("image_steps"))
        return work
    }

    /// Read again when something was written here, something was heard, or two seconds have passed.
    public func outstandingQueue(since known: StoreRevision?) throws(JobStoreError) -> OutstandingQueue? {
        let revision = StoreRevision(
            ofOthers: listener.heard &+ Timestamp.now.milliseconds / 2_000, own: writes.withLock { $0 })
        return revision == known ? nil : OutstandingQueue(try outstandingWork(), revision: revision)
    }

    public func measuredRates() throws(JobStoreError) -> [String: MeasuredSpeed] {
        try read { connection in
            let rows = try connection.run(
                """
                SELECT model, greatest(sum(time), 0) / sum(calls) AS per_call,
                    greatest(sum(time) FILTER (WHERE units > 0), 0)
                        / sum(calls * units) FILTER (WHERE units > 0) AS per_unit
                FROM (
                    SELECT model, compute_ns::float8 AS time, network_calls::float8 AS calls,
                        call_units::float8 AS units
                    FROM jobs WHERE status = 'succeeded' AND network_calls > 0 ORDER BY ordinal DESC LIMIT 100) AS ended
                GROUP BY model
                """
            ).rows
            let speeds = rows.map { row in
                (row.text("model"), MeasuredSpeed(perCall: row.real("per_call") ?? 0, perUnit: row.real("per_unit")))
            }
            return Dictionary(uniqueKeysWithValues: speeds)
        }
    }
}
