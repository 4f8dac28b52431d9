import Jobs

/// Rows of the tables `images`, `trajectories` and `inputs`: what a job has made, what it is making, and of what.
enum ImageRow {
    static let metadata = "image, seed, width, height, bit_depth, sha256, media_type, byte_count, report"

    /// The same, where other tables are looked at, too.
    static let qualified = metadata.split(separator: ", ").map { "images.\($0) AS \($0)" }.joined(separator: ", ")

    /// The images of each job, in order.
    static func records(_ connection: PostgresConnection, of jobs: [Int64]) throws -> [Int64: [ImageRecord]] {
        guard !jobs.isEmpty else { return [:] }
        let rows = try connection.run(
            "SELECT job, \(metadata) FROM images WHERE job = ANY($1) ORDER BY job, image", [.integers(jobs)]
        ).rows
        return Dictionary(grouping: rows) { $0.integer("job") ?? 0 }.mapValues { $0.map(record) }
    }

    static func record(_ row: SQLRow) -> ImageRecord {
        let format = ImageTraits.Format(
            width: Int(row.count("width")), height: Int(row.count("height")), bitDepth: Int(row.count("bit_depth")))
        let traits = ImageTraits(
            seed: row.text("seed"), format: format, sha256: row.text("sha256"), mediaType: row.text("media_type"),
            report: row.bytes("report"))
        return ImageRecord(traits, index: Int(row.count("image")), byteCount: Int(row.count("byte_count")))
    }

    /// Stores finished images, each once: one that an earlier save has stored is the same image and stays. An image's
    /// saved progress goes, so none is left when all images are there.
    ///
    /// - Returns: the blobs that these rows name (`Aside.settle`).
    static func insert(
        _ connection: PostgresConnection, _ checkpoint: JobCheckpoint, of job: Int64, _ aside: Aside
    ) throws -> [String] {
        var blobs: [String] = []
        // Not all bytes in one message: of a job of a thousand images that would be too much for one.
        var portion: [MadeImage] = [], size = 0
        for (index, image) in checkpoint.finished.sorted(by: { $0.key < $1.key }) {
            let blob = aside[.image(job: checkpoint.lease.job.id, index: index)]
            portion.append(MadeImage(index: index, image: image, blob: blob))
            if blob == nil { size += image.output.bytes.count }
            if size < 16 << 20 { continue }
            blobs += try insert(connection, portion, of: job)
            (portion, size) = ([], 0)
        }
        return try blobs + insert(connection, portion, of: job)
    }

    private struct MadeImage {
        var index: Int
        var image: FinishedImage
        /// Under which its bytes lie; nil: in the row.
        var blob: String?
    }

    private static func insert(
        _ connection: PostgresConnection, _ images: [MadeImage], of job: Int64
    ) throws -> [String] {
        guard !images.isEmpty else { return [] }
        return try connection.run(
            """
            WITH gone AS (DELETE FROM trajectories WHERE job = $1 AND image = ANY($2::bigint[]))
            INSERT INTO images (job, \(columns)) SELECT $1, \(columnsOfMade) FROM \(made(from: 2))
            ORDER BY image ON CONFLICT DO NOTHING RETURNING blob
            """, [.integer(job)] + values(images)
        ).rows.map { $0.text("blob") }
    }

    /// The columns of a row beside its job, and what they are of in `made`.
    static let columns =
        "image, seed, width, height, bit_depth, sha256, media_type, calls, byte_count, content, report, blob"
    static let columnsOfMade =
        "image, seed, width, height, depth, digest, type, calls, size, content, report, nullif(blob, '')"

    /// Images as the rows of a table.
    /// - Parameter first: the number of the first of their parameters, which are `values`.
    static func made(from first: Int) -> String {
        let types = [
            "bigint", "text", "bigint", "bigint", "bigint", "text", "text", "bigint", "bytea", "bytea", "bigint",
            "text",
        ]
        let arrays = types.enumerated().map { "$\(first + $0)::\($1)[]" }.joined(separator: ", ")
        return """
            unnest(\(arrays))
            AS made (image, seed, width, height, depth, digest, type, calls, content, report, size, blob)
            """
    }

    /// Parameters for images whose bytes go into their rows.
    static func values(_ images: [(index: Int, image: FinishedImage)]) -> [SQLValue] {
        values(images.map { MadeImage(index: $0.index, image: $0.image, blob: nil) })
    }

    private static func values(_ images: [MadeImage]) -> [SQLValue] {
        let outputs = images.map(\.image.output)
        return [
            .integers(images.map { Int64($0.index) }), .texts(outputs.map(\.seed)),
            .integers(outputs.map { Int64($0.width) }), .integers(outputs.map { Int64($0.height) }),
            .integers(outputs.map { Int64($0.bitDepth) }), .texts(outputs.map(\.sha256)),
            .texts(outputs.map(\.mediaType)), .integers(images.map(\.image.calls)),
            .byteStrings(images.map { $0.blob == nil ? $0.image.output.bytes : nil }),
            .byteStrings(outputs.map(\.report)), .integers(outputs.map { Int64($0.bytes.count) }),
            .texts(images.map { $0.blob ?? "" }),
        ]
    }

    private static let all = 0..<Int.max

    static func replace(
        _ connection: PostgresConnection, _ trajectories: [Int: SavedTrajectory], of job: Int64
    ) throws {
        for (index, saved) in trajectories.sorted(by: { $0.key < $1.key }) {
            connection.later(
                """
                INSERT INTO trajectories (job, image, step, calls, content) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (job, image) DO UPDATE
                SET (step, calls, content) = (excluded.step, excluded.calls, excluded.content)
                """,
                [.integer(job), .integer(index), .integer(saved.step), .integer(saved.calls), .bytes(saved.bytes)])
        }
    }

    static func discard(_ connection: PostgresConnection, of job: Int64) throws {
        for table in ["trajectories", "images", "occurrences"] {
            connection.later("DELETE FROM \(table) WHERE job = $1", [.integer(job)])
        }
    }

    static func trajectories(
        _ connection: PostgresConnection, of job: Int64, _ images: Range<Int> = all
    ) throws -> [Int: SavedTrajectory] {
        let rows = try connection.run(
            "SELECT image, step, calls, content FROM trajectories WHERE job = $1 AND image >= $2 AND image < $3",
            [.integer(job), .integer(images.lowerBound), .integer(images.upperBound)]
        ).rows
        return byIndex(rows) { row in
            SavedTrajectory(step: Int(row.count("step")), calls: row.count("calls"), bytes: row.bytes("content") ?? [])
        }
    }

    /// Indices beyond what can be counted, which somebody else has written, are taken to the same end.
    private static func byIndex<Value>(_ rows: [SQLRow], _ value: (SQLRow) -> Value) -> [Int: Value] {
        Dictionary(rows.map { (Int($0.count("image")), value($0)) }) { $1 }
    }

    /// Network evaluations of the images that are finished, by index.
    static func finishedCalls(
        _ connection: PostgresConnection, of job: Int64, _ images: Range<Int> = all
    ) throws -> [Int: Int64] {
        let rows = try connection.run(
            "SELECT image, calls FROM images WHERE job = $1 AND image >= $2 AND image < $3",
            [.integer(job), .integer(images.lowerBound), .integer(images.upperBound)]
        ).rows
        return byIndex(rows) { $0.count("calls") }
    }

    /// What the store has of some images of a job.
    struct Work {
        var images: Range<Int>
        var saved: [Int: SavedTrajectory]
        /// Network evaluations of those that are finished.
        var finished: [Int: Int64]
        var usage: JobUsage
    }

    /// - Parameter steps: of each image.
    static func work(
        _ connection: PostgresConnection, of job: Int64, _ images: Range<Int>, steps: Int64
    ) throws -> Work {
        let saved = try trajectories(connection, of: job, images)
        let finished = try finishedCalls(connection, of: job, images)
        let calls = finished.values.reduce(0, +) + saved.values.reduce(0) { $0 + $1.calls }
        let done = Int64(finished.count) * steps + saved.values.reduce(0) { $0 + Int64($1.step) }
        let usage = JobUsage(
            computeNanoseconds: 0, networkCalls: calls, imageSteps: done, imagesDone: finished.count)
        return Work(images: images, saved: saved, finished: finished, usage: usage)
    }

    // MARK: Inputs

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

    static func inputs(_ connection: PostgresConnection, of job: Int64) throws -> [JobInput] {
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
