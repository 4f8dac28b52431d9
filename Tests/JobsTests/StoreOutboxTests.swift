import Jobs
import JobsFakeEngine
import JobsSQLite
import Testing

/// Ends that are still to be told.
@Suite struct StoreOutboxTests {
    private let url = "https://example.org/x"

    private func insert(_ fixture: StoreFixture, _ events: Set<JobStatus>) throws -> JobID {
        var job = FakeRequest(seed: 1).newJob()
        job.callback = JobCallback(url: url, events: events, trace: "00-1-2-01")
        return try fixture.store.insert(job, queueLimit: 100).job.id
    }

    @Test func anEndIsInTheOutboxUntilItIsSettled() throws {
        let fixture = try StoreFixture(.memory), outbox = try #require(fixture.store.outbox)
        let id = try insert(fixture, [.cancelled, .failed])
        #expect(try outbox.dueDeliveries(at: fixture.clock.now, limit: 10).isEmpty)
        _ = try fixture.store.cancel(id, usage: nil)
        _ = try fixture.store.cancel(id, usage: nil)
        let due = try outbox.dueDeliveries(at: fixture.clock.now, limit: 10)
        let delivery = try #require(due.first)
        #expect(due.count == 1)
        #expect(delivery.end.job == id && delivery.end.status == .cancelled && delivery.url == url && delivery.attempts == 0)
        #expect(delivery.trace == "00-1-2-01" && delivery.end.at == fixture.clock.now)

        let later = Timestamp(milliseconds: fixture.clock.now.milliseconds + 5)
        try outbox.settle(delivery, .again(at: later))
        #expect(try outbox.dueDeliveries(at: fixture.clock.now, limit: 10).isEmpty)
        // It outlives its job.
        try fixture.store.delete(id)
        let again = try #require(try outbox.dueDeliveries(at: later, limit: 10).first)
        #expect(again.attempts == 1 && again.end.job == id)
        try outbox.settle(again, .over)
        #expect(try outbox.dueDeliveries(at: Timestamp(milliseconds: .max / 2), limit: 10).isEmpty)
    }

    @Test func otherEndsAreNotTold() throws {
        let fixture = try StoreFixture(.memory), outbox = try #require(fixture.store.outbox)
        for events: Set<JobStatus> in [[.succeeded], [.failed], [.cancelled, .succeeded]] {
            _ = try insert(fixture, events)
        }
        for lease in try fixture.store.lease(limit: 3) { try fixture.store.fail(lease, problem: [], usage: lease.job.usage) }
        #expect(try outbox.dueDeliveries(at: fixture.clock.now, limit: 10).map(\.end.status) == [.failed])
    }

    /// What makes the end fail to be written leaves nothing to be told.
    @Test func anEndThatIsNotWrittenIsNotTold() throws {
        let fixture = try StoreFixture(.memory), outbox = try #require(fixture.store.outbox)
        let id = try insert(fixture, [.cancelled])
        #expect(throws: JobStoreError.self) {
            _ = try fixture.store.fail(
                JobLease(token: "other", expiresAt: fixture.clock.now, job: fixture.store.job(id)), problem: [],
                usage: fixture.store.job(id).usage)
        }
        #expect(try outbox.dueDeliveries(at: fixture.clock.now, limit: 10).isEmpty)
    }
}
