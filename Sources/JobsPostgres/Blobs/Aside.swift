import Blobs
import Bytes
import Jobs
import Locking

/// What has been put outside of the database, to be named by the rows of a transaction.
final class Aside: Sendable {
    /// What a content belongs to.
    enum Key: Hashable, Sendable {
        case image(job: JobID, index: Int)
        /// By its digest, or the name of its row.
        case input(String)
    }

    private let names: [Key: Digest]
    /// Whether one of them was removed before a row named it.
    private let swept = Lock(false)

    init(_ names: [Key: Digest] = [:]) { self.names = names }

    var isEmpty: Bool { names.isEmpty }
    var wasSwept: Bool { swept.withLock { $0 } }

    /// Under which name the content lies; nil: it goes into its row.
    subscript(_ key: Key) -> String? { names[key]?.hexadecimal }

    /// Blobs that rows of this transaction name are loose no more.
    /// - Parameter names: of the rows that were made, each as often as there are; what is empty is none.
    /// - Throws: `storeUnavailable` where one was swept before, and so may not be there.
    func settle(_ connection: PostgresConnection, _ names: [String]) throws {
        let names = Set(names.filter { !$0.isEmpty })
        guard !names.isEmpty else { return }
        let loose = try connection.run(
            "DELETE FROM loose_blobs WHERE name = ANY($1) RETURNING name", [.texts(names.sorted())]
        ).rows.map { $0.text("name") }
        let missing = names.subtracting(loose)
        if try missing.isEmpty || areNamed(connection, missing.sorted()) { return }
        swept.withLock { $0 = true }
        throw JobStoreError.storeUnavailable("images were swept while their rows were written")
    }

    /// Whether rows of other transactions, which were quicker, name these blobs, so that they are there. While the
    /// names are loose by this transaction no sweep takes them, and who deletes those rows waits for its end.
    private func areNamed(_ connection: PostgresConnection, _ names: [String]) throws -> Bool {
        try connection.run(
            """
            INSERT INTO loose_blobs (name, since)
            SELECT name, moment(NULL) FROM unnest($1::text[]) AS name ORDER BY name
            ON CONFLICT (name) DO UPDATE SET since = greatest(loose_blobs.since, excluded.since)
            """, [.texts(names)])
        func rows(_ table: String) -> String {
            "EXISTS (SELECT 1 FROM \(table) AS t WHERE blob = name AND t.xmin <> pg_current_xact_id()::xid)"
        }
        return try connection.run(
            "DELETE FROM loose_blobs WHERE name = ANY($1) AND (\(rows("images")) OR \(rows("inputs")))", [.texts(names)]
        ).changes == names.count
    }
}

extension PostgresJobStore {
    /// Puts contents outside of the database, where that is where they belong, and runs `body`, which names them. It is
    /// run again where they were swept in between, which takes an hour.
    func puttingAside<Value>(
        _ contents: [Aside.Key: [UInt8]], _ body: (Aside) throws(JobStoreError) -> Value
    ) throws(JobStoreError) -> Value {
        // What is empty was made and not kept.
        let contents = contents.filter { !$0.value.isEmpty }
        guard let blobs = configuration.blobs, !contents.isEmpty else { return try body(Aside()) }
        var attempts = 0
        while true {
            let aside = try put(contents, blobs)
            do throws(JobStoreError) {
                return try body(aside)
            } catch {
                attempts += 1
                guard aside.wasSwept, attempts < 5 else { throw error }
            }
        }
    }

    private func put(_ contents: [Aside.Key: [UInt8]], _ blobs: any BlobStore) throws(JobStoreError) -> Aside {
        let names = contents.mapValues { Digest(of: $0) }
        try loosen(Set(names.values))
        var isThere: Set<Digest> = []
        for (key, content) in contents {
            guard let name = names[key], isThere.insert(name).inserted else { continue }
            do throws(BlobError) {
                try blobs.put(content, name)
            } catch {
                throw error.storeError
            }
        }
        return Aside(names)
    }

    /// Notes that there may be blobs which no row names. Not waited for until it is on the disk: if it is forgotten,
    /// so is the transaction that should have named them, and they are found by looking (`sweepBlobs`).
    func loosen(_ names: some Sequence<Digest>) throws(JobStoreError) {
        try writeOne { connection in
            _ = try connection.run(
                """
                WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
                INSERT INTO loose_blobs (name, since)
                SELECT name, moment($2) FROM quick, unnest($1::text[]) AS name ORDER BY name
                ON CONFLICT (name) DO UPDATE SET since = greatest(loose_blobs.since, excluded.since)
                """, [.texts(names.map(\.hexadecimal)), self.now])
        }
    }
}

extension BlobError {
    /// As the store's users know it.
    var storeError: JobStoreError {
        switch self {
        case .full(let text): .storeFull(text)
        case .unavailable(let text), .missing(let text), .damaged(let text): .storeUnavailable(text)
        }
    }
}

extension JobCheckpoint {
    /// What of it may lie outside of the database.
    var contents: [(Aside.Key, [UInt8])] {
        finished.map { (.image(job: lease.job.id, index: $0.key), $0.value.output.bytes) }
    }
}
