import Jobs

/// Rows of the tables `images` and `trajectories`: what a job has made, and what it is making.
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
}
