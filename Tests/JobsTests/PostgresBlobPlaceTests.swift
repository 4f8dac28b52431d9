import Blobs
import Bytes
import Jobs
import JobsFakeEngine
import JobsPostgres
import Locking
import TestSupport
import Testing

/// Places of images that belong to others, are full, or have not all.
@Suite(.enabled(if: PostgresServer.whyNot == nil, "PostgreSQL is not installed (Debian: postgresql)"))
struct PostgresBlobPlaceTests: BlobSuite {
    let fixture: BlobFixture

    init() throws { fixture = try BlobFixture() }

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

    /// A full disk is that of the store: nothing is accepted, a result waits, and a lease whose input cannot be had
    /// goes back without having counted.
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
}
