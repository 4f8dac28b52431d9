import Blobs
import Bytes
import Jobs
import JobsFakeEngine
import JobsPostgres
import JobsSQLite
import TestSupport
import Testing

/// Images and inputs outside of the database: written before the rows that name them, and gone after them.
@Suite(.enabled(if: PostgresServer.whyNot == nil, "PostgreSQL is not installed (Debian: postgresql)"))
struct PostgresBlobTests: BlobSuite {
    let fixture: BlobFixture

    init() throws { fixture = try BlobFixture() }

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

    /// Nobody knows of them: the server has forgotten, or a backup was restored.
    @Test func whatNobodyKnowsOfGoes() throws {
        let store = try open(blobs), stray = Array("stray".utf8), name = Digest(of: stray)
        try blobs.put(stray, name)
        #expect(try store.countBlobs().map { [$0.all, $0.unnamed] } == [1, 1])
        #expect(try store.loosenUnnamed([name]) == 1 && store.loosenUnnamed([name]) == 0)
        #expect(try sweep(store) == 1 && files() == 0)
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
