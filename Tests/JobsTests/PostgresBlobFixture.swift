import Blobs
import Jobs
import JobsFakeEngine
import JobsPostgres
import TestSupport
import Testing

/// Tables of a test's own, and a place for their images.
struct BlobFixture {
    let tables = PostgresTables()
    let folder: TemporaryFolder
    let blobs: DirectoryBlobs

    init() throws {
        folder = try TemporaryFolder()
        blobs = DirectoryBlobs(path: "\(folder.path)/images")
    }
}

/// Tests of stores that put images and inputs outside of the database.
protocol BlobSuite {
    var fixture: BlobFixture { get }
}

extension BlobSuite {
    var folder: TemporaryFolder { fixture.folder }
    var blobs: DirectoryBlobs { fixture.blobs }

    func open(
        _ blobs: (any BlobStore)?, schema: String? = nil,
        _ configure: (inout PostgresJobStore.Configuration) -> Void = { _ in }
    ) throws -> PostgresJobStore {
        try PostgresServer.shared().store(schema: schema ?? fixture.tables.schema) { settings in
            (settings.blobs, settings.blobGrace) = (blobs, .zero)
            configure(&settings)
        }
    }

    func files() throws -> Int {
        try (UInt8.min...UInt8.max).reduce(0) { try $0 + blobs.names(beginningWith: $1).count }
    }

    /// What is loose is so since before now.
    func sweep(_ store: PostgresJobStore) throws -> Int {
        _ = try store.inspect("UPDATE loose_blobs SET since = since - 1000")
        return try store.sweepBlobs()
    }

    func job(_ seed: UInt64, input: String? = nil) -> NewJob {
        var job = FakeRequest(seed: seed, images: 2).newJob()
        if let input {
            job.inputs = [JobInput(name: "file", digest: input, mediaType: "x/y", bytes: Array(input.utf8))]
        }
        return job
    }

    func leaseOne(_ store: PostgresJobStore) throws -> JobLease { try #require(try store.lease(limit: 1).first) }
}
