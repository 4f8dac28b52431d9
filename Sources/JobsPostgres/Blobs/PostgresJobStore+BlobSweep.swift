import Blobs
import Bytes
import Jobs

// Blobs that no row names go. Any number of processes may sweep at the same time.
extension PostgresJobStore {
    /// Blobs that are removed in one transaction, and for how long at most: the rows that keep others from naming them
    /// are locked for as long, and the server takes them away after `statementTimeout` of silence.
    private static let mostRemoved = 50
    private static let longestRemoval = Duration.seconds(5)
    /// First bytes of names that are looked at in one sweep.
    private static let bytesOfLook: Int64 = 4

    /// Removes blobs that have been loose for `blobGrace`, and looks for some that nobody knows of. What keeps it from
    /// doing so is told, and no more: jobs go on.
    /// - Returns: how many were removed.
    @discardableResult
    package func sweepBlobs() throws(JobStoreError) -> Int {
        guard let blobs = configuration.blobs else { return 0 }
        do {
            try lookForBlobs(blobs)
            return try removeAllLoose(blobs)
        } catch let error as BlobError {
            configuration.onBlobTrouble?("images that no job names could not be removed: \(error)")
            return 0
        } catch let error as JobStoreError {
            throw error
        } catch {
            throw .storeUnavailable("\(error)")
        }
    }

    private func removeAllLoose(_ blobs: any BlobStore) throws -> Int {
        var removed = 0
        while true {
            let (looked, gone) = try removeLoose(blobs)
            removed += gone
            if looked < Self.mostRemoved { return removed }
        }
    }

    /// Looks at all names at once, and removes what has been loose for `blobGrace`.
    /// - Returns: how many were removed.
    /// - Throws: `JobStoreError`, `BlobError`.
    package func sweepAllBlobs() throws -> Int {
        guard let blobs = configuration.blobs else { return 0 }
        for byte in UInt8.min...UInt8.max { try loosenUnnamed(try blobs.names(beginningWith: byte)) }
        return try removeAllLoose(blobs)
    }

    /// One portion. Who wants to name one of these waits for the end of it, finds that it is loose no more, and puts it
    /// anew.
    /// - Returns: how many were looked at, and how many of these removed.
    private func removeLoose(_ blobs: any BlobStore) throws -> (looked: Int, removed: Int) {
        var fault: BlobError?
        let counts = try write { connection, _ in
            let start = ContinuousClock.now
            // A row that names it is either committed before this statement began, or its transaction has the loose
            // row, which is passed over then.
            let rows = try connection.run(
                """
                SELECT name, EXISTS (SELECT 1 FROM images WHERE blob = name)
                    OR EXISTS (SELECT 1 FROM inputs WHERE blob = name) AS is_named
                FROM loose_blobs WHERE since <= moment($1) - $2::bigint ORDER BY since, name
                LIMIT \(Self.mostRemoved) FOR UPDATE SKIP LOCKED
                """, [self.now, .integer(self.configuration.blobGrace.wholeMilliseconds)]
            ).rows
            var done = rows.filter { $0.boolean("is_named") }.map { $0.text("name") }, gone = 0
            for row in rows where !row.boolean("is_named") {
                guard start.duration(to: .now) < Self.longestRemoval, fault == nil else { break }
                // Throws where the server has taken the locks away: from then on others may put it anew. If not, they
                // stand for `statementTimeout` from now, and a removal gives up long before.
                try connection.run("SELECT 1 AS one")
                do throws(BlobError) {
                    if let name = Digest(hexadecimal: row.text("name")) { try blobs.remove(name) }
                    done.append(row.text("name"))
                    gone += 1
                } catch {
                    fault = error
                }
            }
            try connection.run("DELETE FROM loose_blobs WHERE name = ANY($1)", [.texts(done)])
            return (done.count, gone)
        }
        if let fault { throw fault }
        return counts
    }

    /// Notes blobs as loose that neither a row names nor anybody knows of: a server that died has forgotten that they
    /// were put, or a backup was restored. One process does so, a part of the names a minute.
    private func lookForBlobs(_ blobs: any BlobStore) throws {
        let row = try writeOne { connection in
            try connection.run(
                """
                UPDATE blob_place SET next_look_at = moment($1) + 60000, next_byte = (next_byte + $2::bigint) % 256
                WHERE next_look_at <= moment($1) RETURNING next_byte
                """, [self.now, .integer(Self.bytesOfLook)]
            ).rows.first
        }
        guard let row else { return }
        let next = row.count("next_byte")
        for byte in next..<next + Self.bytesOfLook {
            try loosenUnnamed(try blobs.names(beginningWith: UInt8(truncatingIfNeeded: byte)))
        }
        try blobs.removeLeftovers()
    }

    /// What there is outside of the database.
    package struct BlobCount: Hashable, Sendable {
        package let place: String
        package var all = 0
        /// By no row.
        package var unnamed = 0
    }

    /// Goes through all names.
    /// - Returns: nil where images are in the database itself.
    package func countBlobs() throws(JobStoreError) -> BlobCount? {
        guard let blobs = configuration.blobs else { return nil }
        var count = BlobCount(place: blobs.place)
        for byte in UInt8.min...UInt8.max {
            let names: [Digest]
            do throws(BlobError) { names = try blobs.names(beginningWith: byte) } catch { throw error.storeError }
            count.all += names.count
            var rest = names[...]
            while !rest.isEmpty {
                let portion = rest.prefix(1_000).map(\.hexadecimal)
                rest = rest.dropFirst(1_000)
                count.unnamed += try read { connection in
                    let answer = try connection.run(
                        "SELECT count(*) AS number FROM unnest($1::text[]) AS name WHERE \(Self.isUnnamed)",
                        [.texts(portion)])
                    return Int(answer.rows.first?.count("number") ?? 0)
                }
            }
        }
        return count
    }

    private static let isUnnamed = """
        NOT EXISTS (SELECT 1 FROM images WHERE blob = name) AND NOT EXISTS (SELECT 1 FROM inputs WHERE blob = name)
        """

    /// - Returns: how many were noted.
    @discardableResult
    package func loosenUnnamed(_ names: [Digest]) throws(JobStoreError) -> Int {
        var count = 0, rest = names[...]
        while !rest.isEmpty {
            let portion = rest.prefix(1_000).map(\.hexadecimal)
            rest = rest.dropFirst(1_000)
            count += try writeOne { connection in
                try connection.run(
                    """
                    INSERT INTO loose_blobs (name, since)
                    SELECT name, moment($2) FROM unnest($1::text[]) AS name
                    WHERE \(Self.isUnnamed)
                    ORDER BY name ON CONFLICT (name) DO NOTHING
                    """, [.texts(Array(portion)), self.now]
                ).changes
            }
        }
        return count
    }
}
