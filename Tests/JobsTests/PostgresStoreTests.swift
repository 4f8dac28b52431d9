import Jobs
import JobsFakeEngine
import JobsPostgres
import Locking
import TestSupport
import Testing

/// What of a store in PostgreSQL is its own: several processes, answers that are lost, the database's clock.
@Suite(.enabled(if: PostgresServer.whyNot == nil, "PostgreSQL is not installed (Debian: postgresql)"))
struct PostgresStoreTests {
    private let tables = PostgresTables()

    @Test func processesShareAQueue() throws {
        let stores = try (0..<2).map { _ in try tables.open() }
        let told = Lock<[StoreEvent]>([])
        let observation = stores[1].observe { event in told.withLock { $0.append(event) } }
        let ids = try (0..<4).map { try stores[0].insert(FakeRequest(seed: $0).newJob(), queueLimit: 9).job.id }
        #expect(try eventually { Set(ids.map { .arrived($0) }) == Set(told.withLock { $0 }) })
        let mine = try stores[0].lease(limit: 2)
        let others = try stores[1].lease(limit: 9)
        #expect((mine + others).map(\.job.id) == ids)
        try stores[0].begin(mine)
        _ = try stores[0].cancel(ids[2], usage: nil)
        try stores[0].finish(mine[0].checkpoint(images: 0..<1))
        #expect(try eventually { told.withLock { $0 }.contains(.cancelled(ids[2])) })
        #expect(try eventually { told.withLock { $0 }.contains(.ended(ids[0])) })
        #expect(told.withLock { $0 }.contains(.changed(ids[1])))
        #expect(try stores[1].save(others.map { $0.checkpoint(step: 1) }) == [ids[2]])
        #expect(try stores[1].job(ids[0]).status == .succeeded)
        withExtendedLifetime(observation) {}
    }

    /// Whoever has missed every word finds out by looking.
    @Test func whatWasNotHeardIsFound() throws {
        let told = Lock<Set<StoreEvent>>([])
        let listening = try tables.open { $0.pollInterval = .milliseconds(20) }
        let observation = listening.observe { event in told.withLock { _ = $0.insert(event) } }
        let id = try listening.insert(FakeRequest(seed: 1).newJob(), queueLimit: 9).job.id
        // The first look is over what there was before.
        #expect(try eventually { told.withLock { $0.remove(.arrived(id)) } != nil })
        #expect(try eventually { told.withLock { $0 }.contains(.arrived(id)) })
        let statement = "UPDATE jobs SET status = 'cancelled', finished_at = 1 RETURNING id"
        #expect(try listening.inspect(statement) == id.description)
        #expect(try eventually { told.withLock { $0 }.contains(.cancelled(id)) })
        withExtendedLifetime(observation) {}
    }

    /// The answer to every commit is lost once: nothing is done twice, and nothing is refused.
    @Test func aCommitWhoseAnswerIsLostIsFound() throws {
        let isLost = Lock(false)
        let store = try tables.open { settings in
            settings.losesAnswer = {
                isLost.withLock { isLost in
                    isLost.toggle()
                    return isLost
                }
            }
        }
        let made = try (0..<3).map { try store.insert(FakeRequest(seed: $0).newJob(key: "k\($0)"), queueLimit: 9) }
        #expect(made.map(\.isNew) == [true, true, true])
        #expect(try store.counts()[.queued] == 3)
        let leases = try store.lease(limit: 2)
        #expect(leases.map(\.job.id) == made[..<2].map(\.job.id) && leases.allSatisfy { $0.job.attempt == 1 })
        try store.begin(leases)
        #expect(try store.save([leases[0].checkpoint(step: 1)]).isEmpty)
        try store.finish(leases[0].checkpoint(images: 0..<1))
        try store.fail(leases[1], problem: [1], usage: leases[1].job.usage)
        #expect(try store.cancel(made[2].job.id, usage: nil).status == .cancelled)
        try store.delete(made[2].job.id)
        let ended = try made[..<2].map { try store.job($0.job.id) }
        #expect(ended.map(\.status) == [.succeeded, .failed] && ended[0].images.count == 1)
        let actions = try store.audit(after: 0, limit: 99).map(\.event.act.action)
        #expect(actions == [.submit, .submit, .submit, .succeed, .fail, .cancel, .delete])
        // A second end under the same lease is refused as ever.
        #expect(throws: JobStoreError.leaseLost(ended[0].id)) { try store.finish(leases[0].checkpoint(images: 0..<1)) }
    }

    /// A host's clock may be wrong by an hour: only the database's counts.
    @Test func leasesEndByTheDatabasesClock() throws {
        let store = try tables.open { $0.leaseDuration = .milliseconds(300) }
        let id = try store.insert(FakeRequest(seed: 1).newJob(), queueLimit: 9).job.id
        let lease = try #require(try store.lease(limit: 1).first)
        let left = try store.inspect("SELECT lease_expires_at - moment(NULL) FROM jobs")
        #expect(left.flatMap { Int($0) }.map { (-10_000...300).contains($0) } == true)
        #expect(try eventually { try store.recover() == [id] })
        #expect(try store.renew([lease]) == [id])
    }

    @Test func aNewerSchemaIsRefusedByName() throws {
        let store = try tables.open()
        _ = try store.inspect("INSERT INTO migrations (number, name) VALUES (99, 'from the future') RETURNING name")
        let error = #expect(throws: JobStoreError.self) { _ = try tables.open() }
        #expect("\(String(describing: error))".contains("newer version"))
    }

    @Test func aStoreThatMayForgetIsRefused() throws {
        let url = try PostgresServer.shared().url + "&options=-csynchronous_commit%3Doff"
        var configuration = PostgresJobStore.Configuration()
        configuration.schema = tables.schema
        let error = #expect(throws: JobStoreError.self) { try PostgresJobStore(url: url, configuration: configuration) }
        #expect("\(String(describing: error))".contains("synchronous_commit is off"))
        configuration.mayForget = true
        try PostgresJobStore(url: url, configuration: configuration).close()
    }

    @Test(arguments: [
        ("postgres://[::1", "expected postgres://"), ("postgres:///nothing?host=HOST&user=phantom", "does not exist"),
        ("postgres:///postgres?host=/nowhere", "No such file"), ("postgres:///postgres?host=HOST&user=eve", "check user"),
        ("postgres:///x?host=HOST&user=phantom&sslmode=verify-full&port=1", "HOST"),
    ])
    func aWrongURLIsOneMessage(_ url: String, _ words: String) throws {
        let folder = try PostgresServer.shared().folder
        let error = #expect(throws: JobStoreError.self) {
            try PostgresJobStore(url: url.split(separator: "HOST", omittingEmptySubsequences: false).joined(separator: folder))
        }
        guard case .unusableStore(_, let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains(words == "HOST" ? folder : words) && !reason.contains("\n"))
    }

    /// The functions of the schema are the rules of `JobRules`.
    @Test func theRulesAreThoseOfTheQueue() throws {
        let store = try tables.open()
        for number in [0, 1, 7, 1 << 32, 5 << 32 + 9, 1 << 61] as [Int64] {
            let next = JobRules.version(after: JobVersion(number: number)).number
            #expect(try store.inspect("SELECT next_version(\(number))") == String(next))
        }
        for count in [-3, 0, 1, 5, 1 << 40, 1 << 40 + 1, .max] as [Int64] {
            let (started, released) = (JobRules.attempts(afterStart: count), JobRules.attempts(afterRelease: count))
            #expect(try store.inspect("SELECT started_attempts(\(count))") == String(started))
            #expect(try store.inspect("SELECT released_attempts(\(count))") == String(released))
        }
    }

    /// Whoever asks what came after an occurrence misses none, however many are written meanwhile.
    @Test func noOccurrenceIsMissed() throws {
        let store = try tables.open()
        let seen = Lock<[Int64]>([])
        concurrently(5) { thread in
            if thread > 0 {
                for number in 0..<8 {
                    guard let made = try? store.insert(FakeRequest(seed: UInt64(number)).newJob(), queueLimit: 999)
                    else { continue }
                    _ = try? store.cancel(made.job.id, usage: nil)
                }
                return
            }
            var rounds = 0, last: Int64 = 0
            while seen.withLock({ $0.count }) < 32, rounds < 5_000 {
                rounds += 1
                let found = (try? store.occurrences(OccurrenceQuery(after: last)).map(\.sequence)) ?? []
                last = found.last ?? last
                seen.withLock { $0 += found }
            }
        }
        let found = seen.withLock { $0 }
        #expect(found == (1...32).map { Int64($0) })
    }
}
