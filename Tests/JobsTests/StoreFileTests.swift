import Foundation
import GRDB
import Jobs
import JobsFakeEngine
import JobsSQLite
import Locking
import TestSupport
import Testing

@Suite struct StoreFileTests {
    @Test func theFileIsDurableAndPrivate() throws {
        let fixture = try StoreFixture()
        _ = try fixture.insert(1)
        #expect(try fixture.store.inspect("PRAGMA journal_mode") == "wal")
        #expect(try fixture.store.inspect("PRAGMA synchronous") == "2")  // FULL
        #expect(try fixture.store.inspect("PRAGMA foreign_keys") == "1")
        #expect(try fixture.store.inspect("PRAGMA auto_vacuum") == "2")  // INCREMENTAL
        #expect(try fixture.store.inspect("PRAGMA integrity_check") == "ok")
        let files = try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path)
        #expect(Set(files) == ["jobs.sqlite", "jobs.sqlite-wal", "jobs.sqlite-shm", "jobs.sqlite.lock", "jobs.sqlite.reserve"])
        for file in files {
            let attributes = try FileManager.default.attributesOfItem(atPath: fixture.folder.path + "/" + file)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(file)")
        }
    }

    @Test func jobsOutliveTheProcess() throws {
        let folder = try TemporaryFolder()
        let job = try SQLiteJobStore(path: folder.storePath).insert(FakeRequest(seed: 1).newJob(key: "k"), queueLimit: 1).job
        let store = try SQLiteJobStore(path: folder.storePath)
        #expect(try store.job(job.id) == job)
        #expect(try store.insert(FakeRequest(seed: 1).newJob(key: "k"), queueLimit: 1).job == job)
    }

    @Test func aSecondProcessIsRefused() throws {
        let fixture = try StoreFixture()
        var configuration = SQLiteJobStore.Configuration()
        configuration.lockPatience = .zero
        let holder = "process \(ProcessInfo.processInfo.processIdentifier)"
        #expect(throws: JobStoreError.storeInUse(path: fixture.folder.storePath, holder: holder)) {
            try SQLiteJobStore(path: fixture.folder.storePath, configuration: configuration)
        }
        _ = try fixture.insert(1)
    }

    @Test func whatCannotBeAStoreIsRefused() throws {
        let folder = try TemporaryFolder()
        let missing = folder.path + "/missing/jobs.sqlite"
        #expect(
            throws: JobStoreError.unusableStore(
                path: missing, reason: "cannot open \(missing).lock: No such file or directory")
        ) { try SQLiteJobStore(path: missing) }
        try Data(repeating: 65, count: 5_000).write(to: URL(fileURLWithPath: folder.storePath))
        let error = #expect(throws: JobStoreError.self) { try SQLiteJobStore(path: folder.storePath) }
        #expect(error?.description.contains("file is not a database") == true)
    }

    @Test func aNewerFileIsRefused() throws {
        let folder = try TemporaryFolder()
        let id = try SQLiteJobStore(path: folder.storePath).insert(FakeRequest(seed: 1).newJob(), queueLimit: 1).job.id
        let raw = try DatabaseQueue(path: folder.storePath)
        try raw.write { db in try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('of the year 3000')") }
        let error = #expect(throws: JobStoreError.self) { try SQLiteJobStore(path: folder.storePath) }
        #expect(error?.description.contains("newer version") == true)
        try raw.write { db in try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = 'of the year 3000'") }
        try raw.close()
        #expect(try SQLiteJobStore(path: folder.storePath).job(id).status == .queued)
    }

    @Test func aFullFileRefusesNewJobsAndRecovers() throws {
        let fixture = try StoreFixture { $0.maximumPages = 60 }
        let store = fixture.store
        var big = FakeRequest(seed: 1).newJob(key: "big")
        big.request = Array(repeating: 1, count: 20_000)
        var accepted = 0
        var refusal: JobStoreError?
        while refusal == nil, accepted < 100 {
            big.idempotency?.key = "big \(accepted)"
            do throws(JobStoreError) {
                _ = try store.insert(big, queueLimit: 1_000)
                accepted += 1
            } catch {
                refusal = error
            }
        }
        guard case .storeFull = try #require(refusal) else {
            Issue.record("got \(refusal?.description ?? "nothing")")
            return
        }
        #expect(accepted > 3)
        #expect(try fixture.rows("jobs") == accepted)
        #expect(try fixture.rows("idempotency_keys") == accepted)
        #expect(try store.inspect("PRAGMA integrity_check") == "ok")
        try store.setMaximumPages(1_000)
        try store.checkWritable()
        // The refused key is still free.
        #expect(try store.insert(big, queueLimit: 1_000).isNew)
    }

    @Test func theReserveIsKeptForAcceptedJobs() throws {
        let folder = try TemporaryFolder()
        let id = try SQLiteJobStore(path: folder.storePath).insert(FakeRequest(seed: 1).newJob(), queueLimit: 5).job.id
        var configuration = SQLiteJobStore.Configuration()
        configuration.reservedBytes = .max
        let store = try SQLiteJobStore(path: folder.storePath, configuration: configuration)
        let errors = [
            #expect(throws: JobStoreError.self) { try store.checkWritable() },
            #expect(throws: JobStoreError.self) { try store.insert(FakeRequest(seed: 2).newJob(), queueLimit: 5) },
        ]
        for error in errors {
            #expect(error?.description.contains("in reserve for accepted jobs") == true)
            #expect(error?.isPassing == true)
        }
        let lease = try #require(try store.lease(limit: 1).first)
        try store.finish(lease.checkpoint(images: 0..<1))
        #expect(try store.job(id).status == .succeeded)
    }

    /// Every writing call, in an order that makes sense; `attempt` runs each one.
    private func scenario(_ store: SQLiteJobStore, attempt: ((_ call: () throws -> Void) throws -> Void)) throws {
        var ids: [JobID] = []
        var leases: [JobLease] = []
        try attempt { ids.append(try store.insert(FakeRequest(seed: 1, images: 2).newJob(key: "a"), queueLimit: 9).job.id) }
        try attempt { ids.append(try store.insert(FakeRequest(seed: 2).newJob(), queueLimit: 9).job.id) }
        try attempt { ids.append(try store.insert(FakeRequest(seed: 3).newJob(), queueLimit: 9).job.id) }
        try attempt { leases = try store.lease(limit: 2) }
        try attempt { _ = try store.save([leases[0].checkpoint(images: 0..<1), leases[1].checkpoint(step: 1)]) }
        try attempt { try store.release([leases[1]]) }
        try attempt { leases[1] = try store.lease(limit: 1)[0] }
        try attempt { try store.fail(leases[1], problem: [1], usage: leases[1].checkpoint(step: 2).usage) }
        try attempt { try store.finish(leases[0].checkpoint(images: 1..<2)) }
        try attempt { _ = try store.cancel(ids[2], usage: nil) }
        try attempt { try store.delete(ids[1]) }
        try attempt { try store.checkWritable() }
    }

    /// Everything in the tables, without what differs from run to run.
    private func contents(_ store: SQLiteJobStore) throws -> [String?] {
        try [
            """
            SELECT group_concat(
                status || kind || attempt || fruitless_attempts || image_steps || images_done || stored_bytes || version, '|')
            FROM jobs
            """,
            "SELECT group_concat(job || ' ' || image || sha256, '|') FROM images",
            "SELECT group_concat(job || ' ' || image || step, '|') FROM trajectories",
            "SELECT group_concat(key || job, '|') FROM idempotency_keys",
            "SELECT count(*) FROM tombstones",
        ].map { try store.inspect($0) }
    }

    @Test func aFailingCommitChangesNothingAndCanBeRepeated() throws {
        let undisturbed = try StoreFixture()
        try scenario(undisturbed.store) { call in try call() }
        let expected = try contents(undisturbed.store)
        for number in 1...12 {
            let commits = Lock(0)
            let fixture = try StoreFixture { configuration in
                configuration.beforeCommit = {
                    let count = commits.withLock { count in
                        count += 1
                        return count
                    }
                    if count == number { throw DatabaseError(resultCode: .SQLITE_IOERR_WRITE) }
                }
            }
            var failures = 0
            try scenario(fixture.store) { call in
                let before = try contents(fixture.store)
                do {
                    try call()
                } catch let error as JobStoreError {
                    failures += 1
                    guard case .storeUnavailable = error else {
                        Issue.record("commit \(number): \(error)")
                        return
                    }
                    #expect(try contents(fixture.store) == before, "commit \(number)")
                    try call()
                }
            }
            #expect(failures == 1, "commit \(number)")
            #expect(try contents(fixture.store) == expected, "commit \(number)")
        }
    }
}
