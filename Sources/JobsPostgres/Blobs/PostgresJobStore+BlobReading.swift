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
    /// After so long no more inputs are read in one call where one could not be: a place that hangs does so for each.
    private static let longestReading = Duration.seconds(5)

    /// Gives leases the inputs of their jobs that lie outside of the database. What is not there, or is another's, is
    /// left empty: the engine refuses it by name, and the job ends. What cannot be had now goes back, and the others
    /// are given; the next calls leave it out for a while.
    /// - Throws: `storeUnavailable` if none can be given.
    func withInputs(_ leases: [JobLease]) throws(JobStoreError) -> [JobLease] {
        guard let blobs = configuration.blobs, leases.contains(where: { !$0.inputs.isEmpty }) else { return leases }
        let (ready, back, fault) = try inputReading.read(leases) { () throws(JobStoreError) in
            try reading(leases, from: blobs)
        }
        if !back.isEmpty { try? release(back) }
        if ready.isEmpty, let fault { throw fault }
        return ready
    }

    private func reading(
        _ leases: [JobLease], from blobs: any BlobStore
    ) throws(JobStoreError) -> (ready: [JobLease], back: [JobLease], JobStoreError?) {
        let places: [String: [SQLRow]]
        do throws(JobStoreError) { places = try inputsAside(of: leases) } catch { return ([], leases, error) }
        var ready: [JobLease] = [], back: [JobLease] = [], fault: JobStoreError?
        let start = ContinuousClock.now
        for lease in leases {
            let id = lease.job.id
            guard fault == nil || start.duration(to: .now) < Self.longestReading else {
                back.append(lease)
                continue
            }
            do throws(JobStoreError) {
                ready.append(try filled(lease, places[id.description] ?? [], from: blobs))
            } catch {
                (back, fault) = (back + [lease], error)
                inputReading.note(unreadable: id, until: .now + configuration.inputPause)
                configuration.onBlobTrouble?("job \(id) waits, its inputs cannot be read: \(error)")
            }
        }
        return (ready, back, fault)
    }

    /// Where inputs lie outside of the database, by job.
    private func inputsAside(of leases: [JobLease]) throws(JobStoreError) -> [String: [SQLRow]] {
        let rows = try read { connection in
            try connection.run(
                """
                SELECT id, name, blob, content, inputs.byte_count AS byte_count
                FROM jobs JOIN job_inputs ON job = ordinal JOIN inputs USING (digest)
                WHERE id = ANY($1) AND blob IS NOT NULL
                """, [.texts(leases.map(\.job.id.description))]
            ).rows
        }
        return Dictionary(grouping: rows) { $0.text("id") }
    }

    private func filled(
        _ lease: JobLease, _ places: [SQLRow], from blobs: any BlobStore
    ) throws(JobStoreError) -> JobLease {
        var lease = lease
        for row in places {
            let bytes = try content(ContentPlace(row), in: blobs, of: "input \(row.text("name"))")
            for input in lease.inputs.indices where lease.inputs[input].name == row.text("name") {
                lease.inputs[input].bytes = bytes
            }
        }
        return lease
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
