import Blobs
import Bytes
import Jobs
import JobsFakeEngine
import JobsPostgres
import Locking
import TestSupport
import Testing

/// Several at once put and remove the same images.
@Suite(.enabled(if: PostgresServer.whyNot == nil, "PostgreSQL is not installed (Debian: postgresql)"))
struct PostgresBlobRaceTests: BlobSuite {
    let fixture: BlobFixture

    init() throws { fixture = try BlobFixture() }

    /// Sweeps after each of the first writes, as if an hour had passed.
    private struct Hasty: BlobStore {
        var blobs: DirectoryBlobs
        let sweep: @Sendable () -> Void
        var place: String { blobs.place }
        func identity() throws(BlobError) -> String? { try blobs.identity() }
        func claim(_ identity: String) throws(BlobError) { try blobs.claim(identity) }
        func put(_ content: [UInt8], _ name: Digest) throws(BlobError) {
            try blobs.put(content, name)
            sweep()
        }
        func content(of name: Digest, byteCount: Int) throws(BlobError) -> [UInt8] {
            try blobs.content(of: name, byteCount: byteCount)
        }
        func remove(_ name: Digest) throws(BlobError) { try blobs.remove(name) }
        func names(beginningWith byte: UInt8) throws(BlobError) -> [Digest] { try blobs.names(beginningWith: byte) }
        func removeLeftovers() throws(BlobError) {}
        func checkWritable() throws(BlobError) {}
    }

    @Test func whatIsSweptBeforeItIsNamedIsPutAnew() throws {
        let sweeper = try open(blobs), sweeps = Lock(3)
        let store = try open(
            Hasty(blobs: blobs) {
                guard
                    sweeps.withLock({
                        $0 -= 1; return $0
                    }) >= 0
                else { return }
                _ = try? sweeper.inspect("UPDATE loose_blobs SET since = since - 1000")
                _ = try? sweeper.sweepBlobs()
            })
        let id = try store.insert(job(1, input: "one"), queueLimit: 9).job.id
        #expect(try sweeps.withLock { $0 } < 3 && files() == 1)
        let lease = try leaseOne(store)
        #expect(lease.inputs.map(\.bytes) == [Array("one".utf8)])
        try store.finish(lease.checkpoint(images: 0..<2))
        #expect(try (0..<2).map { try store.image($0, of: id).bytes } == (0..<2).map { output("image \($0)").bytes })
        #expect(try files() == 3 && sweep(store) == 0)
    }

    /// What another transaction has named first is there for the next that names it, and stays when the other's goes.
    @Test func twoMayNameTheSameContent() throws {
        let other = try open(blobs), puts = Lock(0), theirs = Lock<JobLease?>(nil)
        let store = try open(
            Hasty(blobs: blobs) {
                guard
                    puts.withLock({
                        $0 += 1; return $0
                    }) == 2, let lease = theirs.withLock({ $0 })
                else { return }
                try? other.finish(lease.checkpoint(images: 0..<2))
            })
        for seed: UInt64 in 0..<2 { _ = try store.insert(job(seed), queueLimit: 9) }
        let lease = try leaseOne(store), another = try leaseOne(other)
        theirs.withLock { $0 = another }
        try store.finish(lease.checkpoint(images: 0..<2))
        #expect(try puts.withLock { $0 } == 2 && other.job(another.job.id).status == .succeeded)
        try other.delete(another.job.id)
        #expect(try sweep(store) == 0 && files() == 2)
        #expect(try store.image(1, of: lease.job.id).bytes == output("image 1").bytes)
        try store.delete(lease.job.id)
        #expect(try sweep(store) == 2 && files() == 0)
    }

    /// Several processes store, delete and sweep the same contents without rest: no image is lost, and none is left.
    @Test func processesDoNotTakeEachOthersImages() throws {
        let stores = try (0..<3).map { _ in try open(blobs) }, faults = Lock<[String]>([])
        concurrently(3) { number in
            let store = stores[number]
            for round in 0..<12 {
                do {
                    let id = try store.insert(job(UInt64(round)), queueLimit: 99).job.id
                    for lease in try store.lease(limit: 9) { try store.finish(lease.checkpoint(images: 0..<2)) }
                    _ = try store.inspect("UPDATE loose_blobs SET since = since - 1000")
                    _ = try store.sweepBlobs()
                    if try store.job(id).status == .succeeded {
                        if try store.image(0, of: id).bytes != output("image 0").bytes {
                            throw JobStoreError.notFound(id)
                        }
                        try store.delete(id)
                    }
                } catch {
                    faults.withLock { $0.append("\(error)") }
                }
            }
        }
        #expect(faults.withLock { $0 } == [])
        for job in try stores[0].jobs(JobQuery(limit: 99)).jobs {
            #expect(try stores[0].image(1, of: job.id).bytes == output("image 1").bytes)
            try stores[0].delete(job.id)
        }
        _ = try sweep(stores[0])
        #expect(try files() == 0)
    }
}
