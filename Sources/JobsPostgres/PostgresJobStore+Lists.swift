import Jobs

// Lists over all jobs: what has happened, and what there is to see.
extension PostgresJobStore {
    public func occurrences(_ query: OccurrenceQuery) throws(JobStoreError) -> [JobOccurrence] {
        try read { connection in
            try Occurrences.number(connection)
            var found: [JobOccurrence] = []
            var portion = query
            // A damaged row does not count.
            while true {
                let rows = try Occurrences.rows(connection, portion)
                found += rows.compactMap(Occurrences.occurrence)
                guard rows.count == portion.limit, found.count < query.limit,
                    let last = rows.last?.integer("sequence")
                else { return found }
                (portion.after, portion.limit) = (last, query.limit - found.count)
            }
        }
    }

    public func latestOccurrence() throws(JobStoreError) -> Int64 {
        try read { connection in
            try Occurrences.number(connection)
            return try Occurrences.latest(connection)
        }
    }

    public func images(_ query: ImageQuery) throws(JobStoreError) -> ImagePage {
        // An image without bytes was made and not kept.
        var filter = SQLFilter()
        filter.require("images.byte_count > 0")
        filter.require("kind = ?", query.kind.map { .text($0) })
        filter.require("model = ?", query.model.map { .text($0) })
        filter.require("owner = ?", query.owner.map { .text($0) })
        for label in query.labels {
            filter.require(
                "EXISTS (SELECT 1 FROM job_labels WHERE name = ? AND value = ? AND job_labels.job = ordinal)",
                .text(label.name), .text(label.value))
        }
        if let cursor = query.cursor {
            let place = try JobRules.place(ofCursor: cursor)
            filter.require(
                "ordinal <= ? AND (ordinal < ? OR images.image < ?)", .integer(place.ordinal), .integer(place.ordinal),
                .integer(place.index))
        }
        return try read { [filter] connection in
            let rows = try connection.run(
                """
                SELECT ordinal, id, kind, model, weights_sha256, created_at, request, \(ImageRow.qualified)
                FROM jobs JOIN images ON images.job = ordinal WHERE \(filter.sql)
                ORDER BY ordinal DESC, images.image DESC LIMIT \(query.limit + 1)
                """, filter.parameters
            ).rows
            let listed = rows.prefix(query.limit)
            let images = listed.compactMap { row in JobID(row.text("id")).map { Self.image(row, of: $0) } }
            let next = rows.count > listed.count ? listed.last.map(Self.place).map(JobRules.cursor) : nil
            return ImagePage(images: images, nextCursor: next)
        }
    }

    private static func place(_ row: SQLRow) -> JobRules.ImagePlace {
        JobRules.ImagePlace(ordinal: row.integer("ordinal") ?? 0, index: Int(row.count("image")))
    }

    private static func image(_ row: SQLRow, of id: JobID) -> ListedImage {
        ListedImage(
            record: ImageRow.record(row),
            job: .init(
                id: id, kind: row.text("kind"),
                model: ModelReference(name: row.text("model"), weightsSHA256: row.text("weights_sha256")),
                createdAt: row.moment("created_at"), request: row.bytes("request") ?? []))
    }
}

/// Numbers what has happened, in an order that no reader sees change: see the tables.
enum Occurrences {
    static func number(_ connection: PostgresConnection) throws(PostgresError) {
        let unnumbered = try connection.run("SELECT 1 AS one FROM occurrences WHERE sequence IS NULL LIMIT 1")
        guard !unnumbered.rows.isEmpty else { return }
        try connection.runScript("BEGIN")
        do throws(PostgresError) {
            // The lock comes first and the rows after it, with a statement of their own, which sees what was committed
            // until then.
            try connection.run("SELECT latest FROM occurrence_head FOR UPDATE")
            try connection.run(
                """
                WITH numbered AS (
                    SELECT entry, (SELECT latest FROM occurrence_head) + row_number() OVER (ORDER BY entry) AS number
                    FROM occurrences WHERE sequence IS NULL),
                given AS (
                    UPDATE occurrences SET sequence = number FROM numbered
                    WHERE occurrences.entry = numbered.entry RETURNING number)
                UPDATE occurrence_head SET latest = greatest(latest, (SELECT max(number) FROM given))
                """)
            try connection.runScript("COMMIT")
        } catch {
            try? connection.runScript("ROLLBACK")
            throw error
        }
    }

    static func rows(_ connection: PostgresConnection, _ query: OccurrenceQuery) throws(PostgresError) -> [SQLRow] {
        var parameters: [SQLValue] = [.integer(query.after)]
        var isWanted = ""
        for (column, value) in [("id", query.job?.description), ("owner", query.owner)] {
            guard let value else { continue }
            parameters.append(.text(value))
            isWanted += " AND jobs.\(column) = $\(parameters.count)"
        }
        return try connection.run(
            """
            SELECT sequence, jobs.id AS id, images.job IS NOT NULL AS has_image, \(ImageRow.qualified)
            FROM occurrences JOIN jobs ON ordinal = occurrences.job
            LEFT JOIN images ON images.job = occurrences.job AND images.image = occurrences.image
            WHERE sequence > $1\(isWanted) AND (occurrences.image IS NULL OR images.job IS NOT NULL)
            ORDER BY sequence LIMIT \(query.limit)
            """, parameters
        ).rows
    }

    /// nil for a row that tells no job.
    static func occurrence(_ row: SQLRow) -> JobOccurrence? {
        guard let id = JobID(row.text("id")) else { return nil }
        return JobOccurrence(
            sequence: row.integer("sequence") ?? 0, job: id,
            kind: row.boolean("has_image") ? .image(ImageRow.record(row)) : .ended)
    }

    static func latest(_ connection: PostgresConnection) throws(PostgresError) -> Int64 {
        try connection.run("SELECT latest FROM occurrence_head").rows.first?.integer("latest") ?? 0
    }
}
