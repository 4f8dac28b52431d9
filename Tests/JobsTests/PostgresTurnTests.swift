import Jobs
import JobsFakeEngine
import Locking
import TestSupport
import Testing

@testable import JobsPostgres

/// How processes hear of jobs that only compute.
@Suite(.enabled(if: PostgresServer.whyNot == nil, "PostgreSQL is not installed (Debian: postgresql)"))
struct PostgresTurnTests {
    private let schema = PostgresServer.newSchema()

    /// A store, and what it has been told.
    private final class Process: Sendable {
        let store: PostgresJobStore
        let told = Lock<[StoreEvent]>([])
        private let observation = Lock<StoreObservation?>(nil)

        init(_ store: PostgresJobStore) {
            self.store = store
            let observed = store.observe { [weak self] event in self?.told.withLock { $0.append(event) } }
            observation.withLock { $0 = observed }
        }

        func wasTold(_ event: StoreEvent) -> Bool { told.withLock { $0.contains(event) } }
    }

    private func open(onlyComputes: Bool, interval: Duration = .milliseconds(500)) throws -> Process {
        Process(
            try PostgresServer.shared().store(schema: schema) { settings in
                (settings.onlyComputes, settings.pollInterval) = (onlyComputes, interval)
                settings.connections = 2
            })
    }

    /// More wait for a job than there are turns: each job finds one of them, and its cancellation him who computes it.
    @Test func jobsAndCancellationsFindSomebody() throws {
        let answering = try open(onlyComputes: false)
        let computing = try (0..<PostgresListener.turns + 2).map { _ in try open(onlyComputes: true) }
        // Who has asked in vain wants to hear.
        for process in computing { #expect(try process.store.lease(limit: 1).isEmpty) }
        for seed in 0..<3 {
            let id = try answering.store.insert(FakeRequest(seed: UInt64(seed)).newJob(), queueLimit: 9).job.id
            var holder: Process?
            #expect(
                try eventually {
                    for process in computing where process.wasTold(.arrived(id)) {
                        if try process.store.lease(limit: 1).first?.job.id == id { holder = process }
                    }
                    return holder != nil
                })
            let found = try #require(holder)
            _ = try answering.store.cancel(id, usage: nil)
            #expect(try eventually { found.wasTold(.cancelled(id)) })
        }
    }

    /// The moment is known at which the lease of a process ends that has died: somebody looks soon after it.
    @Test func theJobsOfTheDeadAreTakenBack() throws {
        let dying = try PostgresServer.shared().store(schema: schema) { $0.leaseDuration = .milliseconds(200) }
        let id = try dying.insert(FakeRequest(seed: 1).newJob(), queueLimit: 9).job.id
        #expect(try dying.lease(limit: 1).map(\.job.id) == [id])
        let living = try open(onlyComputes: true, interval: .seconds(9))
        #expect(try living.store.lease(limit: 1).isEmpty)
        #expect(try eventually { living.wasTold(.arrived(id)) })
        #expect(try living.store.lease(limit: 1).map(\.job.id) == [id])
    }

    @Test func howManyWaitAtMostFollowsFromTheNumbersDrawn() {
        let bound = QueueBound(waiting: 7, latest: 100)
        #expect(bound.holds && bound.waiting(at: 100) == 7 && bound.waiting(at: 130) == 37)
        #expect(QueueBound(waiting: .max, latest: 0).waiting(at: .max) == .max)
    }
}
