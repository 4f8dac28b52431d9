import Blobs
import Jobs

/// Which directory or bucket has the images of a database. Each knows the other by an id: a directory that is not
/// mounted looks like an empty one, and two databases with one directory would remove each other's images.
struct BlobPlace {
    let connection: PostgresConnection
    let schema: String
    /// Names the database in messages.
    let database: String

    /// What the database says of it.
    private struct Record {
        var id: String
        var place: String
        var isClaimed: Bool
    }

    /// Makes `blobs` the place of this database's images, or looks whether it is.
    /// - Parameter blobs: nil: images are to be in the database.
    /// - Throws: `unusableStore`, `storeUnavailable`; `PostgresError`.
    func settle(_ blobs: (any BlobStore)?) throws {
        try connection.runScript("BEGIN")
        do {
            try connection.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [.text("phantom \(schema)")])
            try settleLocked(blobs)
            try connection.runScript("COMMIT")
        } catch {
            try? connection.runScript("ROLLBACK")
            throw error
        }
    }

    private func settleLocked(_ blobs: (any BlobStore)?) throws {
        let record = try record()
        guard let blobs else {
            if let record, try hasBlobs() { throw refusal(.noPlace(of: record.place), "its images") }
            return
        }
        let own = try record ?? begin(blobs)
        let identity: String?
        do throws(BlobError) {
            identity = try blobs.identity()
            if identity == nil, !own.isClaimed { try blobs.claim(own.id) }
        } catch {
            throw JobStoreError.unusableStore(path: database, reason: error.description)
        }
        if let identity, identity != own.id { throw refusal(.anothers, blobs.place) }
        if identity == nil, own.isClaimed { throw refusal(.absent(known: own.place), blobs.place) }
        try connection.run("UPDATE blob_place SET is_claimed = true, place = $1", [.text(blobs.place)])
    }

    /// The id is on the disk before it is written into the place: of a process that dies in between the next knows it.
    private func begin(_ blobs: any BlobStore) throws -> Record {
        let record = Record(id: PostgresJobStore.newToken(), place: blobs.place, isClaimed: false)
        try connection.run(
            "INSERT INTO blob_place (id, place) VALUES ($1, $2)", [.text(record.id), .text(record.place)])
        try connection.runScript("COMMIT; BEGIN")
        try connection.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [.text("phantom \(schema)")])
        return record
    }

    private func record() throws(PostgresError) -> Record? {
        let row = try connection.run("SELECT id, place, is_claimed FROM blob_place").rows.first
        return row.map { Record(id: $0.text("id"), place: $0.text("place"), isClaimed: $0.boolean("is_claimed")) }
    }

    private func hasBlobs() throws(PostgresError) -> Bool {
        let row = try connection.run(
            """
            SELECT EXISTS (SELECT 1 FROM images WHERE blob IS NOT NULL)
                OR EXISTS (SELECT 1 FROM inputs WHERE blob IS NOT NULL) AS has_blobs
            """
        ).rows.first
        return row?.boolean("has_blobs") ?? false
    }

    private enum Refusal {
        case noPlace(of: String)
        case anothers
        case absent(known: String)
    }

    private func refusal(_ why: Refusal, _ place: String) -> JobStoreError {
        let reason =
            switch why {
            case .noPlace(let known):
                """
                \(place) are in the \(known), and the configuration does not say so: set `images` as the other \
                processes have it. To have them in the database copy the store into a new one (phantom store copy)
                """
            case .anothers:
                """
                the \(place) has the images of another database, which would remove those of this one; name another \
                place in `images`, or remove its file phantom-images if that database is gone
                """
            case .absent(let known):
                """
                the \(place) is not the place of the images of this database (the \(known)): it has no file \
                phantom-images. Is it mounted, and is its name right?
                """
            }
        return .unusableStore(path: database, reason: reason)
    }
}
