import Jobs

// How images come into the tables.
extension ImageRow {
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
}
