import GRDB
import Jobs
import struct Foundation.Data

/// Rows of the tables `inputs` and `job_inputs`: what jobs work on.
enum InputRow {
    static func insert(_ db: Database, _ inputs: [JobInput], of job: Int64) throws {
        for input in inputs {
            try db.run(
                "INSERT OR IGNORE INTO inputs VALUES (?, ?, ?)", [input.digest, input.mediaType, Data(input.bytes)])
            try db.run("INSERT INTO job_inputs VALUES (?, ?, ?)", [job, input.name, input.digest])
        }
    }

    static func fetch(_ db: Database, of job: Int64) throws -> [JobInput] {
        try db.rows(
            """
            SELECT name, digest, media_type, content FROM job_inputs JOIN inputs USING (digest) WHERE job = ? \
            ORDER BY name
            """, [job]
        ).map { input($0, name: $0["name"]) }
    }

    static func fetch(_ db: Database, digest: String, owner: String?) throws -> JobInput? {
        // Of the names that jobs gave it, any will do.
        try db.first(
            """
            SELECT name, digest, media_type, content FROM inputs JOIN job_inputs USING (digest) WHERE digest \
            = ? AND (? IS NULL OR (SELECT owner FROM jobs WHERE ordinal = job) = ?) LIMIT 1
            """, [digest, owner, owner]
        ).map { input($0, name: $0["name"]) }
    }

    private static func input(_ row: Row, name: String) -> JobInput {
        JobInput(name: name, digest: row["digest"], mediaType: row["media_type"], bytes: JobRow.bytes(row["content"]))
    }
}
