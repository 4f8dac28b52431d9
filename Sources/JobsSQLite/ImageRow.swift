import GRDB
import Jobs
import struct Foundation.Data

/// Rows of the tables `images` and `trajectories`: what a job has made, and what it is making.
enum ImageRow {
    static let metadata = "image, seed, width, height, bit_depth, sha256, media_type, byte_count, report"

    /// The same, where other tables are looked at, too.
    static let qualified = metadata.split(separator: ", ").map { "images.\($0) AS \($0)" }.joined(separator: ", ")

    static func records(_ db: Database, of job: Int64) throws -> [ImageRecord] {
        try db.rows("SELECT \(metadata) FROM images WHERE job = ? ORDER BY image", [job]).map(record)
    }

    /// - Throws: `damagedRow` for an image of a job that cannot be read.
    static func stored(_ db: Database, of job: JobID, index: Int) throws -> StoredImage? {
        try db.first(
            """
            SELECT ordinal, id, status, model, \(qualified), content FROM jobs JOIN images ON job = ordinal
            WHERE id = ? AND image = ?
            """, [job.description, index]
        ).map { row in
            _ = try DamagedRow.check(row)
            return StoredImage(record: record(row), model: row["model"], bytes: JobRow.bytes(row["content"]))
        }
    }

    /// - Throws: `damagedRow` for images of a job that cannot be read.
    static func stored(_ db: Database, of job: JobID, _ indices: Range<Int>) throws -> [StoredImage] {
        guard let found = try db.first("SELECT ordinal, id, status, model FROM jobs WHERE id = ?", [job.description])
        else { return [] }
        _ = try DamagedRow.check(found)
        let ordinal: Int64 = found["ordinal"], model: String = found["model"]
        return try db.rows(
            "SELECT \(metadata), content FROM images WHERE job = ? AND image >= ? AND image < ? ORDER BY image",
            [ordinal, indices.lowerBound, indices.upperBound]
        ).map { StoredImage(record: record($0), model: model, bytes: JobRow.bytes($0["content"])) }
    }

    static func record(_ row: Row) -> ImageRecord {
        let format = ImageTraits.Format(
            width: Int(row.count("width")), height: Int(row.count("height")), bitDepth: Int(row.count("bit_depth")))
        let traits = ImageTraits(
            seed: row["seed"], format: format, sha256: row["sha256"], mediaType: row["media_type"],
            report: (row["report"] as Data?).map(Array.init))
        return ImageRecord(traits, index: Int(row.count("image")), byteCount: Int(row.count("byte_count")))
    }

    /// Network evaluations of the images that are finished, by index.
    static func finishedCalls(_ db: Database, of job: Int64) throws -> [Int: Int64] {
        try byIndex(db, "SELECT image, calls FROM images WHERE job = ?", of: job) { $0.count("calls") }
    }

    static func trajectories(_ db: Database, of job: Int64) throws -> [Int: SavedTrajectory] {
        try byIndex(db, "SELECT * FROM trajectories WHERE job = ?", of: job) { row in
            SavedTrajectory(
                step: Int(row.count("step")), calls: row.count("calls"), bytes: JobRow.bytes(row["content"]))
        }
    }

    private static func byIndex<Value>(
        _ db: Database, _ sql: String, of job: Int64, _ value: (Row) -> Value
    ) throws -> [Int: Value] {
        Dictionary(uniqueKeysWithValues: try db.rows(sql, [job]).map { ($0["image"], value($0)) })
    }

    /// Stores finished images, each once: one that an earlier save has stored is the same image and stays. An image's
    /// saved progress goes, so none is left when all images are there.
    static func insert(_ db: Database, _ images: [Int: FinishedImage], of job: Int64) throws {
        for (index, image) in images.sorted(by: { $0.key < $1.key }) {
            let output = image.output
            try db.run(
                "INSERT OR IGNORE INTO images VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    job, index, output.seed, output.width, output.height, output.bitDepth, output.sha256,
                    output.mediaType, image.calls, output.bytes.count, Data(output.bytes),
                    output.report.map { Data($0) },
                ])
            try db.run("DELETE FROM trajectories WHERE job = ? AND image = ?", [job, index])
        }
    }

    static func replace(_ db: Database, _ trajectories: [Int: SavedTrajectory], of job: Int64) throws {
        for (index, saved) in trajectories.sorted(by: { $0.key < $1.key }) {
            try db.run(
                "INSERT OR REPLACE INTO trajectories VALUES (?, ?, ?, ?, ?)",
                [job, index, saved.step, saved.calls, Data(saved.bytes)])
        }
    }
}
