import Blobs
import Bytes
import Jobs
import JobsFakeEngine
import JobsPostgres
import Locking
import TestSupport
import Testing

/// A place of images that does not answer, or not soon.
@Suite(.enabled(if: PostgresServer.whyNot == nil, "PostgreSQL is not installed (Debian: postgresql)"))
struct PostgresBlobFaultTests: BlobSuite {
    let fixture: BlobFixture

    init() throws { fixture = try BlobFixture() }

    /// Told of what is read and removed, before it is.
    private struct Watched: BlobStore {
        let blobs: DirectoryBlobs
        var onRead: @Sendable (Digest) throws(BlobError) -> Void = { _ in }
        var onRemove: @Sendable (Digest) throws(BlobError) -> Void = { _ in }
        var place: String { blobs.place }
        func identity() throws(BlobError) -> String? { try blobs.identity() }
        func claim(_ identity: String) throws(BlobError) { try blobs.claim(identity) }
        func put(_ content: [UInt8], _ name: Digest) throws(BlobError) { try blobs.put(content, name) }
        func content(of name: Digest, byteCount: Int) throws(BlobError) -> [UInt8] {
            try onRead(name)
            return try blobs.content(of: name, byteCount: byteCount)
        }
        func remove(_ name: Digest) throws(BlobError) {
            try onRemove(name)
            try blobs.remove(name)
        }
        func names(beginningWith byte: UInt8) throws(BlobError) -> [Digest] { try blobs.names(beginningWith: byte) }
        func removeLeftovers() throws(BlobError) {}
        func checkWritable() throws(BlobError) {}
    }

    /// An input that cannot be had keeps its own job waiting and nobody else's.
    @Test func whatCannotBeReadLetsOthersPass() throws {
        let absent = Lock<Digest?>(Digest(of: "one")), told = Lock<[String]>([])
        let watched = Watched(
            blobs: blobs,
            onRead: { name throws(BlobError) in
                if absent.withLock({ $0 }) == name { throw .unavailable("away") }
            })
        let store = try open(watched) { settings in
            settings.inputPause = .seconds(3_600)
            settings.onBlobTrouble = { text in told.withLock { $0.append(text) } }
        }
        let poor = try store.insert(job(1, input: "one"), queueLimit: 9).job.id
        let others = try (2..<4).map { try store.insert(job($0, input: "two"), queueLimit: 9).job.id }
        let first = try store.lease(limit: 2)
        #expect(first.map(\.job.id) == [others[0]] && first.first?.inputs.map(\.bytes) == [Array("two".utf8)])
        #expect(try store.lease(limit: 1).map(\.job.id) == [others[1]] && store.lease(limit: 1).isEmpty)
        #expect(
            told.withLock { $0 } == [
                "job \(poor) waits, its inputs cannot be read: \(JobStoreError.storeUnavailable("away"))"
            ])
        #expect(try store.job(poor).status == .queued)
        // Others try, and so does this process after a while.
        let another = try open(watched) { $0.inputPause = .milliseconds(20) }
        #expect(throws: JobStoreError.storeUnavailable("away")) { try another.lease(limit: 1) }
        absent.withLock { $0 = nil }
        #expect(try eventually { try another.lease(limit: 1).map(\.job.attempt) == [1] })
        #expect(try store.job(poor).attempt == 1)
    }

    /// However slowly inputs are read: nobody else takes the jobs whose inputs they are.
    @Test func leasesAreRenewedWhileInputsAreRead() throws {
        let other = try open(blobs), reader = Lock<PostgresJobStore?>(nil), ends = Lock<[String?]>([])
        let store = try open(
            Watched(
                blobs: blobs,
                onRead: { _ in
                    let sooner = "UPDATE jobs SET lease_expires_at = lease_expires_at - 9000 RETURNING lease_expires_at"
                    let before = try? other.inspect(sooner)
                    _ = try? reader.withLock { $0 }?.renew([])
                    let after = try? other.inspect("SELECT lease_expires_at FROM jobs")
                    ends.withLock { $0 = [before, after] }
                }))
        reader.withLock { $0 = store }
        _ = try store.insert(job(1, input: "one"), queueLimit: 9)
        #expect(try store.lease(limit: 1).count == 1)
        let times = ends.withLock { $0.compactMap { $0.flatMap { Int64($0) } } }
        #expect(times.count == 2 && times[1] > times[0] + 5_000)
        reader.withLock { $0 = nil }
    }

    /// A process whose locks the server has taken away removes nothing more under them: others may put it anew.
    @Test func nothingIsRemovedWithoutItsLock() throws {
        let other = try open(blobs), removed = Lock<[Digest]>([])
        let store = try open(
            Watched(
                blobs: blobs,
                onRemove: { name in
                    guard
                        removed.withLock({
                            $0.append(name); return $0.count
                        }) == 1
                    else { return }
                    let holders = "FROM pg_locks WHERE relation = 'loose_blobs'::regclass AND mode = 'RowShareLock'"
                    _ = try? other.inspect("SELECT pg_terminate_backend(pid) \(holders)")
                    _ = try? eventually { try other.inspect("SELECT count(*) \(holders)") == "0" }
                }))
        let names = try ["one", "two"].map { text in
            try blobs.put(Array(text.utf8), Digest(of: text))
            return Digest(of: text)
        }
        #expect(try other.loosenUnnamed(names) == 2)
        _ = try other.inspect("UPDATE loose_blobs SET since = since - 1000")
        #expect(try store.sweepBlobs() == 2 && store.countBlobs().map(\.all) == 0)
        // The first again, since what became of it is not known.
        let order = removed.withLock { $0 }
        #expect(order.count == 3 && order.first == order.dropFirst().first && Set(order) == Set(names))
    }
}
