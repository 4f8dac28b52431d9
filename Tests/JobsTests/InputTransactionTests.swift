import Jobs
import JobsFakeEngine
import Locking
import Testing

/// What jobs work on, on its way into the store and out of it.
@Suite struct InputTransactionTests {
    private let image = JobInput(name: "image", digest: "aa", mediaType: "image/png", bytes: [1, 2, 3])
    private let mask = JobInput(name: "mask", digest: "bb", mediaType: "image/png", bytes: [4])

    private func newJob(_ inputs: [JobInput], key: String? = nil) -> NewJob {
        var job = FakeRequest(seed: 1).newJob(key: key)
        job.inputs = inputs
        return job
    }

    private final class Failing: Sendable {
        let now = Lock(false)
    }

    @Test func inputsComeAndGoWithTheTransaction() throws {
        let failing = Failing()
        let fixture = try StoreFixture {
            $0.beforeCommit = { if failing.now.withLock({ $0 }) { throw CancellationError() } }
        }
        failing.now.withLock { $0 = true }
        #expect(throws: JobStoreError.self) { try fixture.store.insert(newJob([image]), queueLimit: 1) }
        failing.now.withLock { $0 = false }
        #expect(try (fixture.rows("jobs"), fixture.rows("inputs"), fixture.rows("job_inputs")) == (0, 0, 0))
        // A key that is known makes neither job nor inputs.
        _ = try fixture.store.insert(newJob([image], key: "k"), queueLimit: 1)
        _ = try fixture.store.insert(newJob([mask], key: "k"), queueLimit: 1)
        #expect(try (fixture.rows("jobs"), fixture.rows("inputs")) == (1, 1))
    }

    @Test func theEngineGetsThem() throws {
        let fixture = try PoolFixture(StoreFixture(.memory).store)
        try fixture.pool.start()
        let id = try fixture.board.submit(newJob([image, mask])).job.id
        try fixture.wait(for: id)
        #expect(fixture.engine.inputs == [[image, mask]])
        #expect(fixture.stop())
    }
}
