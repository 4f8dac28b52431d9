import Blobs
import Bytes
import Jobs

/// Where the content of a row is.
struct ContentPlace {
    /// In the row itself; empty for what lies outside.
    let bytes: [UInt8]
    /// Its name, outside of the database.
    let blob: String?
    let byteCount: Int

    /// - Parameter row: `content`, `blob` and `byte_count`.
    init(_ row: SQLRow) {
        bytes = row.bytes("content") ?? []
        blob = row.isNull("blob") ? nil : row.text("blob")
        byteCount = Int(row.count("byte_count"))
    }

    /// The bytes, wherever they are.
    /// - Throws: as `BlobStore.content`.
    func content(in blobs: (any BlobStore)?) throws(BlobError) -> [UInt8] {
        guard let blob else { return bytes }
        guard let blobs else {
            throw .unavailable(
                """
                it lies outside of the database as \(blob), and this process is not told where: set `images` as the \
                other processes have it, and start it again
                """)
        }
        guard let name = Digest(hexadecimal: blob) else { throw .damaged("'\(blob)' is no SHA-256") }
        return try blobs.content(of: name, byteCount: byteCount)
    }
}

extension PostgresJobStore {
    /// Gives leases the inputs of their jobs that lie outside of the database. What is not there, or is another's, is
    /// left empty: the engine refuses it by name, and the job ends; where the place does not answer the leases go back.
    func withInputs(_ leases: [JobLease]) throws(JobStoreError) -> [JobLease] {
        guard let blobs = configuration.blobs, !leases.isEmpty else { return leases }
        do throws(JobStoreError) {
            let rows = try read { connection in
                try connection.run(
                    """
                    SELECT id, name, blob, content, inputs.byte_count AS byte_count
                    FROM jobs JOIN job_inputs ON job = ordinal JOIN inputs USING (digest)
                    WHERE id = ANY($1) AND blob IS NOT NULL
                    """, [.texts(leases.map(\.job.id.description))]
                ).rows
            }
            var leases = leases
            for row in rows {
                let bytes = try content(ContentPlace(row), in: blobs, of: "input \(row.text("name"))")
                for place in leases.indices where leases[place].job.id.description == row.text("id") {
                    for input in leases[place].inputs.indices
                    where leases[place].inputs[input].name == row.text("name") {
                        leases[place].inputs[input].bytes = bytes
                    }
                }
            }
            return leases
        } catch {
            try? release(leases)
            throw error
        }
    }

    /// - Returns: nothing for what is not there.
    private func content(
        _ place: ContentPlace, in blobs: any BlobStore, of what: String
    ) throws(JobStoreError) -> [UInt8] {
        do throws(BlobError) {
            return try place.content(in: blobs)
        } catch {
            guard error.isOfContent else { throw error.storeError }
            configuration.onBlobTrouble?("\(what): \(error)")
            return []
        }
    }
}
