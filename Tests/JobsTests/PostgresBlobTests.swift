import Blobs
import Bytes
import Foundation
import Jobs
import JobsFakeEngine
import JobsPostgres
import JobsSQLite
import Locking
import TestSupport
import Testing

/// Images and inputs outside of the database: written before the rows that name them, and gone after them.
@Suite(.enabled(if: PostgresServer.whyNot == nil, "PostgreSQL is not installed (Debian: postgresql)"))
struct PostgresBlobTests {
    private let schema = PostgresServer.newSchema()
    private let folder: TemporaryFolder
    private let blobs: DirectoryBlobs

    init() throws {
        folder = try TemporaryFolder()
        blobs = DirectoryBlobs(path: "\(folder.path)/images")
    }

    private func open(
        _ blobs: (any BlobStore)?, schema: String? = nil,
        _ configure: (inout PostgresJobStore.Configuration) -> Void = { _ in }
    ) throws -> PostgresJobStore {
        try PostgresServer.shared().store(schema: schema ?? self.schema) { settings in
            (settings.blobs, settings.blobGrace) = (blobs, .zero)
            configure(&settings)
        }
    }

    private func files() throws -> Int {
        try (UInt8.min...UInt8.max).reduce(0) { try $0 + blobs.names(beginningWith: $1).count }
    }

    /// What is loose is so since before now.
    private func sweep(_ store: PostgresJobStore) throws -> Int {
        _ = try store.inspect("UPDATE loose_blobs SET since = since - 1000")
        return try store.sweepBlobs()
    }

    private func job(_ seed: UInt64, input: String? = nil) -> NewJob {
        var job = FakeRequest(seed: seed, images: 2).newJob()
        if let input { job.inputs = [JobInput(name: "file", digest: input, mediaType: "x/y", bytes: Array(input.utf8))] }
        return job
    }

    private func leaseOne(_ store: PostgresJobStore) throws -> JobLease { try #require(try store.lease(limit: 1).first) }

    @Test func imagesComeBeforeTheirRowsAndGoAfterThem() throws {
        let store = try open(blobs)
        let ids = try (0..<2).map { try store.insert(job($0, input: "one"), queueLimit: 9).job.id }
        for _ in ids {
            let lease = try leaseOne(store)
            #expect(lease.inputs.map(\.bytes) == [Array("one".utf8)])
            try store.finish(lease.checkpoint(images: 0..<2))
        }
        #expect(try store.image(1, of: ids[1]).bytes == output("image 1").bytes)
        #expect(try store.input(digest: "one")?.bytes == Array("one".utf8))
        #expect(try store.inspect("SELECT count(*) FROM images WHERE content IS NULL AND byte_count = 7") == "4")
        // Both jobs have the same two images, and the same input.
        #expect(try files() == 3 && store.inspect("SELECT count(*) FROM loose_blobs") == "0")
        try store.delete(ids[0])
        #expect(try sweep(store) == 0 && files() == 3)
        try store.delete(ids[1])
        // Not before the time is over.
        #expect(try open(blobs) { $0.blobGrace = .seconds(3_600) }.sweepBlobs() == 0)
        #expect(try sweep(store) == 3 && files() == 0)
        #expect(try store.inspect("SELECT count(*) FROM loose_blobs") == "0")
    }

    /// Of several jobs that are saved at once, and make the same.
    @Test func oneTransactionNamesAnImageTwice() throws {
        let store = try open(blobs)
        for seed in 0..<2 { _ = try store.insert(job(UInt64(seed)), queueLimit: 9) }
        let leases = try store.lease(limit: 2)
        #expect(try store.save(leases.map { $0.checkpoint(images: 0..<2) }).isEmpty)
        for lease in leases { try store.finish(lease.checkpoint(images: 0..<2)) }
        #expect(try leases.map { try store.job($0.job.id).status } == [.succeeded, .succeeded])
        #expect(try files() == 2 && sweep(store) == 0 && files() == 2)
    }

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
                guard sweeps.withLock({ $0 -= 1; return $0 }) >= 0 else { return }
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
                guard puts.withLock({ $0 += 1; return $0 }) == 2, let lease = theirs.withLock({ $0 }) else { return }
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
                        if try store.image(0, of: id).bytes != output("image 0").bytes { throw JobStoreError.notFound(id) }
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

    /// Nobody knows of them: the server has forgotten, or a backup was restored.
    @Test func whatNobodyKnowsOfGoes() throws {
        let store = try open(blobs), stray = Array("stray".utf8), name = Digest(of: stray)
        try blobs.put(stray, name)
        #expect(try store.countBlobs().map { [$0.all, $0.unnamed] } == [1, 1])
        #expect(try store.loosenUnnamed([name]) == 1 && store.loosenUnnamed([name]) == 0)
        #expect(try sweep(store) == 1 && files() == 0)
    }

    @Test func aPlaceBelongsToOneDatabase() throws {
        let store = try open(blobs)
        _ = try store.insert(job(1, input: "one"), queueLimit: 9)
        _ = try open(blobs)
        let other = DirectoryBlobs(path: "\(folder.path)/other")
        let refusals: [((any BlobStore)?, String?, String)] = [
            (blobs, PostgresServer.newSchema(), "has the images of another database"),
            (other, nil, "is not the place of the images of this database"), (nil, nil, "set `images`"),
            (DirectoryBlobs(path: "\(folder.path)/no/where"), PostgresServer.newSchema(), "is it mounted?"),
        ]
        for (place, schema, words) in refusals {
            let error = #expect(throws: JobStoreError.self) { _ = try open(place, schema: schema) }
            #expect("\(String(describing: error))".contains(words))
        }
    }

    /// What is not there ends its own job and nobody else's; a check names it.
    @Test func whatIsMissingIsNamed() throws {
        let told = Lock<[String]>([])
        let store = try open(blobs) { $0.onBlobTrouble = { text in told.withLock { $0.append(text) } } }
        let id = try store.insert(job(1, input: "one"), queueLimit: 9).job.id
        try blobs.remove(Digest(of: "one"))
        let lease = try leaseOne(store)
        #expect(lease.inputs.map(\.bytes) == [[]] && told.withLock { $0.first?.contains("is not there") } == true)
        try store.finish(lease.checkpoint(images: 0..<2))
        let name = Digest(of: "image 1")
        try blobs.remove(name)
        let error = #expect(throws: JobStoreError.self) { try store.image(1, of: id) }
        #expect(error?.isPassing == true && "\(String(describing: error))".contains(name.hexadecimal))
        let found = Lock<[String]>([])
        let tally = try store.look { snapshot in
            var check = StoreCheck(snapshot, rules: .fake) { fault in found.withLock { $0.append("\(fault)") } }
            try check.run()
            return check.tally
        }
        let faults = found.withLock { $0 }
        #expect(tally.images == 2 && faults.contains { $0.contains("image 1: expected its 7 bytes, got") })
        #expect(faults.contains { $0.contains("inputs, digest one: expected its bytes") })
    }

    private struct Full: BlobStore {
        let blobs: DirectoryBlobs
        var place: String { blobs.place }
        func identity() throws(BlobError) -> String? { try blobs.identity() }
        func claim(_ identity: String) throws(BlobError) { try blobs.claim(identity) }
        func put(_ content: [UInt8], _ name: Digest) throws(BlobError) { throw .full("no room") }
        func content(of name: Digest, byteCount: Int) throws(BlobError) -> [UInt8] { throw .unavailable("away") }
        func remove(_ name: Digest) throws(BlobError) {}
        func names(beginningWith byte: UInt8) throws(BlobError) -> [Digest] { [] }
        func removeLeftovers() throws(BlobError) {}
        func checkWritable() throws(BlobError) { throw .full("no room") }
    }

    /// A full disk is that of the store: nothing is accepted, a result waits, and a lease whose input cannot be had goes
    /// back without having counted.
    @Test func aFullPlaceIsAFullStore() throws {
        let store = try open(blobs)
        _ = try store.insert(job(1, input: "one"), queueLimit: 9)
        let full = try open(Full(blobs: blobs))
        #expect(throws: JobStoreError.storeFull("no room")) { try full.insert(job(2, input: "two"), queueLimit: 9) }
        #expect(throws: JobStoreError.storeFull("no room")) { try full.checkWritable() }
        #expect(throws: JobStoreError.storeUnavailable("away")) { try full.lease(limit: 1) }
        let lease = try leaseOne(store)
        #expect(lease.job.attempt == 1)
        #expect(throws: JobStoreError.storeFull("no room")) { try full.finish(lease.checkpoint(images: 0..<2)) }
        try store.finish(lease.checkpoint(images: 0..<2))
        #expect(try store.job(lease.job.id).status == .succeeded)
    }

    @Test func aStoreIsCopiedWithItsImages() throws {
        let store = try open(blobs)
        try StoreContents.fill(store)
        #expect(try store.inspect("SELECT count(*) FROM images WHERE blob IS NOT NULL") != "0")
        let url = try PostgresServer.shared().url
        let (first, second) = (PostgresServer.newSchema(), "\(folder.path)/copied")
        let file = try SQLiteJobStore.openForCopy(path: "\(folder.path)/copy.sqlite")
        let expected = try StoreCopy(from: store, to: file) { _ in }.run()
        var configuration = PostgresJobStore.Configuration()
        (configuration.schema, configuration.blobs) = (first, DirectoryBlobs(path: second))
        let back = try PostgresJobStore.openForCopy(url: url, configuration: configuration)
        #expect(try StoreCopy(from: file, to: back) { _ in }.run() == expected)
        #expect(try back.countBlobs().map { $0.all > 0 && $0.unnamed == 0 } == true)
        #expect(try back.inspect("SELECT count(*) FROM loose_blobs") == "0")
    }
}
