import GRDB
import Jobs

// Lists over all jobs: what has happened, and what there is to see.
extension SQLiteJobStore {
    public func occurrences(_ query: OccurrenceQuery) throws(JobStoreError) -> [JobOccurrence] {
        try read { db in
            let isOfJob = query.job == nil ? "" : "AND occurrences.job = (SELECT ordinal FROM jobs WHERE id = ?)"
            var arguments: StatementArguments = [query.after]
            if let job = query.job { arguments += [job.description] }
            let isOfOwner = query.owner == nil ? "" : "AND jobs.owner = ?"
            if let owner = query.owner { arguments += [owner] }
            // The occurrences outside, in their order: no more is looked at than what has happened since. The owner's
            // jobs outside would be all of them, each time. Without a limit: a damaged row does not count.
            let rows = try db.cursor(
                """
                SELECT sequence, jobs.id AS id, images.job IS NOT NULL AS has_image, \(ImageRow.qualified)
                FROM occurrences CROSS JOIN jobs ON ordinal = occurrences.job
                LEFT JOIN images ON images.job = occurrences.job AND images.image = occurrences.image
                WHERE sequence > ? \(isOfJob) \(isOfOwner) AND (occurrences.image IS NULL OR images.job IS NOT NULL)
                ORDER BY sequence
                """, arguments)
            var found: [JobOccurrence] = []
            while found.count < query.limit, let row = try rows.next() {
                guard let id = JobID(row["id"] as String) else { continue }
                let hasImage = (row["has_image"] as Int64) != 0
                found.append(
                    JobOccurrence(
                        sequence: row["sequence"], job: id, kind: hasImage ? .image(ImageRow.record(row)) : .ended))
            }
            return found
        }
    }

    public func latestOccurrence() throws(JobStoreError) -> Int64 {
        try read { db in
            try db.value("SELECT seq FROM sqlite_sequence WHERE name = 'occurrences'") ?? 0
        }
    }

    public func images(_ query: ImageQuery) throws(JobStoreError) -> ImagePage {
        let (conditions, arguments) = try Self.conditions(query)
        // The jobs outside, newest first, by the index of the first label, of the model or of the kind; their images
        // inside: no more is looked at than the page and what does not fit between.
        let jobs = query.labels.isEmpty ? "jobs" : "job_labels CROSS JOIN jobs ON ordinal = job_labels.job"
        let order = query.labels.isEmpty ? "ordinal" : "job_labels.job"
        return try read { db in
            let rows = try db.rows(
                """
                SELECT ordinal, id, kind, model, weights_sha256, created_at, request, \(ImageRow.qualified)
                FROM \(jobs) CROSS JOIN images ON images.job = ordinal
                WHERE \(conditions.joined(separator: " AND "))
                ORDER BY \(order) DESC, images.image DESC LIMIT ?
                """, arguments + [query.limit + 1])
            let listed = rows.prefix(query.limit)
            let images = listed.compactMap { row in JobID(row["id"] as String).map { Self.image(row, of: $0) } }
            let next = rows.count > listed.count ? listed.last.map(Self.place).map(JobRules.cursor) : nil
            return ImagePage(images: images, nextCursor: next)
        }
    }

    /// What rows of a list have to be, in SQL with its arguments.
    private static func conditions(_ query: ImageQuery) throws(JobStoreError) -> ([String], StatementArguments) {
        // An image without bytes was made and not kept.
        var conditions = ["images.byte_count > 0"]
        var arguments = StatementArguments()
        if let kind = query.kind {
            conditions.append("kind = ?")
            arguments += [kind]
        }
        if let model = query.model {
            conditions.append("model = ?")
            arguments += [model]
        }
        if let owner = query.owner {
            conditions.append("owner = ?")
            arguments += [owner]
        }
        for (place, label) in query.labels.enumerated() {
            let others = "EXISTS (SELECT 1 FROM job_labels WHERE name = ? AND value = ? AND job = ordinal)"
            conditions.append(place == 0 ? "job_labels.name = ? AND job_labels.value = ?" : others)
            arguments += [label.name, label.value]
        }
        if let cursor = query.cursor {
            let place = try JobRules.place(ofCursor: cursor)
            conditions.append("ordinal <= ? AND (ordinal < ? OR images.image < ?)")
            arguments += [place.ordinal, place.ordinal, place.index]
            if !query.labels.isEmpty {
                conditions.append("job_labels.job <= ?")
                arguments += [place.ordinal]
            }
        }
        return (conditions, arguments)
    }

    private static func place(_ row: Row) -> JobRules.ImagePlace {
        JobRules.ImagePlace(ordinal: row["ordinal"], index: row["image"])
    }

    private static func image(_ row: Row, of id: JobID) -> ListedImage {
        ListedImage(
            record: ImageRow.record(row),
            job: .init(
                id: id, kind: row["kind"],
                model: ModelReference(name: row["model"], weightsSHA256: row["weights_sha256"]),
                createdAt: row.moment("created_at"), request: JobRow.bytes(row["request"])))
    }
}
