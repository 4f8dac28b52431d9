import Jobs

/// Rows of the tables `inputs` and `job_inputs`: what jobs work on.
enum InputRow {
    /// - Returns: the blobs that rows have been given the names of.
    static func insert(
        _ connection: PostgresConnection, _ inputs: [JobInput], of job: Int64, _ aside: Aside
    ) throws -> [String] {
        var blobs: [String] = []
        // In one order: two jobs with the same inputs must not wait for each other.
        for input in inputs.sorted(by: { $0.digest < $1.digest }) {
            let blob = aside[.input(input.digest)]
            blobs += try connection.run(
                """
                INSERT INTO inputs (digest, media_type, content, blob, byte_count) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT DO NOTHING RETURNING blob
                """,
                [
                    .text(input.digest), .text(input.mediaType), blob == nil ? .bytes(input.bytes) : .null,
                    .text(blob), .integer(input.bytes.count),
                ]
            ).rows.map { $0.text("blob") }
            connection.later(
                "INSERT INTO job_inputs (job, name, digest) VALUES ($1, $2, $3)",
                [.integer(job), .text(input.name), .text(input.digest)])
        }
        return blobs
    }

    static func fetch(_ connection: PostgresConnection, of job: Int64) throws -> [JobInput] {
        try connection.run(
            """
            SELECT name, digest, media_type, content FROM job_inputs JOIN inputs USING (digest) WHERE job = $1
            ORDER BY name
            """, [.integer(job)]
        ).rows.map(input)
    }

    static func input(_ row: SQLRow) -> JobInput {
        JobInput(
            name: row.text("name"), digest: row.text("digest"), mediaType: row.text("media_type"),
            bytes: row.bytes("content") ?? [])
    }
}
