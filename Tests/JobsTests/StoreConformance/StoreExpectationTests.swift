import Jobs
import JobsFakeEngine
import Locking
import Testing

/// What is to be done to a job that has been changed meanwhile is not done.
@Suite struct StoreExpectationTests {
    @Test(arguments: StoreKind.allCases) func aJobThatHasChangedIsNotCancelled(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind), store = fixture.store
        let job = try fixture.insert(1, images: 2)[0], lease = try fixture.leaseOne()
        #expect(try store.save([lease.checkpoint(images: 0..<1)]).isEmpty)
        let running = try store.job(job.id)
        for stored in [job.version.stored, lease.job.version.stored, running.version.stored + 1, .max, .min] {
            #expect(throws: JobStoreError.changed(job.id, status: .running)) {
                try store.cancel(job.id, usage: nil, by: "", ifStored: stored)
            }
        }
        #expect(try store.job(job.id) == running && store.renew([lease]).isEmpty)
        try fixture.expectRows("images", 1)
        let cancelled = try store.cancel(job.id, usage: nil, by: "", ifStored: running.version.stored)
        #expect(cancelled.status == .cancelled)
        // It has been done already.
        #expect(try store.cancel(job.id, usage: nil, by: "", ifStored: running.version.stored) == cancelled)
    }

    @Test(arguments: StoreKind.allCases) func aJobThatHasChangedIsNotDeleted(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind), store = fixture.store
        let job = try fixture.insert(1)[0]
        // What cannot be done at all is refused for that.
        #expect(throws: JobStoreError.notTerminal(job.id, status: .queued)) {
            try store.delete(job.id, by: "", ifStored: job.version.stored + 1)
        }
        let ended = try store.cancel(job.id, usage: nil), pinned = try store.pin(job.id, true)
        for stored in [job.version.stored, ended.version.stored] {
            #expect(throws: JobStoreError.changed(job.id, status: .cancelled)) {
                try store.delete(job.id, by: "", ifStored: stored)
            }
        }
        #expect(try store.job(job.id) == pinned)
        try store.delete(job.id, by: "", ifStored: pinned.version.stored)
        #expect(throws: JobStoreError.gone(job.id, why: .deleted, at: fixture.clock.now)) {
            try store.delete(job.id, by: "", ifStored: pinned.version.stored)
        }
    }

    @Test(arguments: StoreKind.allCases) func aJobThatHasChangedIsNotPinned(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind), store = fixture.store
        let job = try fixture.insert(1)[0]
        let pinned = try store.pin(job.id, true, by: "", ifStored: job.version.stored)
        #expect(pinned.isPinned && pinned.version.stored == job.version.stored + 1)
        // It has been done already.
        #expect(try store.pin(job.id, true, by: "", ifStored: job.version.stored) == pinned)
        #expect(throws: JobStoreError.changed(job.id, status: .queued)) {
            try store.pin(job.id, false, by: "", ifStored: job.version.stored)
        }
        #expect(try store.job(job.id) == pinned)
        #expect(try !store.pin(job.id, false, by: "", ifStored: pinned.version.stored).isPinned)
        // Submitted, kept and let go: what was refused is in no log.
        #expect(try store.audit(after: 0, limit: 9).map(\.event.act.action) == [.submit, .pin, .unpin])
    }

    /// Of two who have seen the same job, and change it at the same moment, one comes too late.
    @Test(arguments: StoreKind.allCases) func oneOfTwoComesTooLate(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind), stores = try fixture.processes(2)
        for job in try fixture.insert(12) {
            let stored = try fixture.store.cancel(job.id, usage: nil).version.stored
            let done = Lock(0)
            concurrently(2) { number in
                let store = stores[number % stores.count]
                do {
                    if number == 0 {
                        _ = try store.pin(job.id, true, by: "", ifStored: stored)
                    } else {
                        try store.delete(job.id, by: "", ifStored: stored)
                    }
                    done.withLock { $0 += 1 }
                } catch JobStoreError.changed, JobStoreError.gone {
                } catch {
                    Issue.record("\(error)")
                }
            }
            #expect(done.withLock { $0 } == 1)
        }
    }
}
