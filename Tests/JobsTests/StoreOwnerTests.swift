import Jobs
import JobsFakeEngine
import JobsSQLite
import TestSupport
import Testing

/// The lock on the file says that there is no other process: its jobs are taken back at once.
@Suite struct StoreOwnerTests {
    @Test func deadProcessesLoseTheirLeasesLivingOnesDoNot() throws {
        let folder = try TemporaryFolder()
        let id: JobID
        let old: JobLease
        var version: JobVersion
        do {
            let store = try SQLiteJobStore(path: folder.storePath)
            id = try store.insert(FakeRequest(seed: 1).newJob(), queueLimit: 1).job.id
            old = try #require(try store.lease(limit: 1).first)
            try store.begin([old])
            _ = try store.save([old.checkpoint(step: 1)])
            #expect(try store.recover().isEmpty)
            #expect(try store.job(id).status == .running)
            version = try store.job(id).version
        }
        let store = try SQLiteJobStore(path: folder.storePath)
        #expect(try store.job(id).status == .running)
        #expect(try store.recover() == [id])
        let recovered = try store.job(id)
        #expect(recovered.status == .queued && recovered.attempt == 1)
        // More than the dead process can have published in memory after its last save.
        #expect(recovered.version.number - version.number > Int64(UInt32.max) / 2)
        version = recovered.version
        let lease = try #require(try store.lease(limit: 1).first)
        #expect(lease.job.attempt == 2 && lease.job.resumedFromStep == 1)
        #expect(lease.job.version > version)
        #expect(try store.save([old.checkpoint(step: 3)]) == [id])
        #expect(throws: JobStoreError.leaseLost(id)) { try store.fail(old, problem: [], usage: old.checkpoint(step: 3).usage) }
        #expect(try store.recover().isEmpty)
    }
}
