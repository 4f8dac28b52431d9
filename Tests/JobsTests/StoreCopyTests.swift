import Foundation
import Jobs
import JobsPostgres
import JobsSQLite
import Locking
import TestSupport
import Testing

/// Whole stores copied into others.
@Suite struct StoreCopyTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func path(_ name: String) -> String { "\(folder.path)/\(name).sqlite" }

    private func filled() throws -> SQLiteJobStore {
        let store = try SQLiteJobStore(path: path("source"))
        try StoreContents.fill(store)
        return store
    }

    private func copy(_ source: any StoreSource, _ destination: any StoreDestination) throws -> [String] {
        let lines = Lock<[String]>([])
        try StoreCopy(from: source, to: destination) { line in lines.withLock { $0.append(line) } }.run()
        return lines.withLock { $0 }
    }

    /// Everything is there under the names that it had, and the new store goes on where the old one was.
    @Test func aCopyIsTheSameStore() throws {
        let source = try filled()
        try checkCopy(of: source)
        #expect(try SQLiteJobStore(path: path("copy")).counts() == source.counts())
    }

    private func checkCopy(of source: SQLiteJobStore) throws {
        let copy = try SQLiteJobStore.openForCopy(path: path("copy"))
        let lines = try self.copy(source, copy)
        let digests = lines.filter { $0.contains("  sqlite:") }.map { $0.prefix(64) }
        #expect(digests.count == 2 && digests[0] == digests[1])
        #expect(lines.contains("jobs: 7 rows copied") && lines.contains("images: 7 rows copied"), "\(lines)")
        #expect(try copy.jobs(JobQuery()).jobs == source.jobs(JobQuery()).jobs)
        #expect(try copy.audit(after: 0, limit: 99) == source.audit(after: 0, limit: 99))
        #expect(try copy.occurrences(OccurrenceQuery(after: 0)) == source.occurrences(OccurrenceQuery(after: 0)))
        #expect(try copy.outstandingWork() == source.outstandingWork())
        for store in [source, copy] {
            #expect(try store.outbox?.dueDeliveries(at: Timestamp(milliseconds: .max / 2), limit: 99).count == 4)
            #expect(try store.inspect("SELECT max(seq) FROM sqlite_sequence WHERE name = 'jobs'") == "8")
            #expect(try store.inspect("PRAGMA foreign_key_check") == nil)
        }
        // Once more it is looked at only.
        #expect(try self.copy(source, copy).count == 2)
    }

    @Test(.enabled(if: PostgresServer.whyNot == nil, "PostgreSQL is not installed (Debian: postgresql)"))
    func thereAndBackItIsEqual() throws {
        let source = try filled()
        let url = try PostgresServer.shared().newDatabase()
        var settings = PostgresJobStore.Configuration()
        settings.pollInterval = .seconds(3_600)
        let there = try PostgresJobStore.openForCopy(url: url, configuration: settings)
        _ = try copy(source, there)
        // What is done there is numbered after what was done before.
        #expect(try there.jobs(JobQuery()).jobs == source.jobs(JobQuery()).jobs)
        #expect(try there.latestOccurrence() == source.latestOccurrence())
        let back = try SQLiteJobStore.openForCopy(path: path("back"))
        _ = try copy(there, back)
        let digests = try [source.look { try StoreDigest(of: $0) }, there.look { try StoreDigest(of: $0) }, back.look { try StoreDigest(of: $0) }]
        #expect(digests[0] == digests[1] && digests[0] == digests[2])
        #expect(digests[0].tables.allSatisfy { $0.rows > 0 })
        // The copy is a queue like any other.
        let new = try there.insert(StoreContents.job, queueLimit: 99).job
        #expect(try there.jobs(JobQuery(limit: 1)).jobs.map(\.id) == [new.id])
        let leases = try there.lease(limit: 9)
        #expect(leases.count == 4 && leases.contains { !$0.saved.isEmpty && !$0.finished.isEmpty })
        #expect(throws: JobStoreError.self) { try copy(there, back) }
        try there.close()
    }

    /// As after a kill: what was written stays, no service opens it, and the same command goes on behind it.
    @Test func aCopyThatWasBrokenOffIsGoneOnWith() throws {
        let source = try filled()
        for portions in [1, 4, 9] {
            let name = "broken \(portions)"
            do {
                let copy = try SQLiteJobStore.openForCopy(path: path(name))
                #expect(throws: JobStoreError.storeUnavailable("killed")) {
                    _ = try self.copy(source, BreakingStore(store: copy, portions: portions))
                }
            }
            let refusal = #expect(throws: JobStoreError.self) { try SQLiteJobStore(path: path(name)) }
            #expect("\(refusal as Any)".contains("phantom store copy"))
            let lines = try copy(source, try SQLiteJobStore.openForCopy(path: path(name)))
            #expect(lines.contains { $0.contains("7 were there") } && lines[0].contains("goes on"), "\(lines)")
            #expect(try SQLiteJobStore(path: path(name)).jobs(JobQuery()).jobs == source.jobs(JobQuery()).jobs)
        }
    }

    @Test func whatIsNoCopyIsLeftAlone() throws {
        let source = try filled()
        let other = try SQLiteJobStore(path: path("other"))
        _ = try other.insert(StoreContents.job, queueLimit: 9)
        let before = try other.look { try StoreDigest(of: $0) }
        let refusal = #expect(throws: JobStoreError.self) { try copy(source, other) }
        #expect("\(refusal as Any)".contains("jobs, ordinal 1") && "\(refusal as Any)".contains("copy into a new one"))
        #expect(try other.look { try StoreDigest(of: $0) } == before)
        // A service has it.
        #expect(throws: JobStoreError.self) { try SQLiteJobStore.openForCopy(path: path("source")) }
    }

    @Test(.enabled(if: PostgresServer.whyNot == nil, "PostgreSQL is not installed (Debian: postgresql)"))
    func processesInPostgresAreInTheWay() throws {
        let store = try PostgresServer.shared().store(schema: PostgresServer.newSchema())
        try store.announce(WorkerRecord(id: "w", name: "host:1", role: "worker", program: .init(version: "1", arithmetic: "1"), cores: 1))
        let refusal = #expect(throws: JobStoreError.self) { try store.settle() }
        #expect("\(refusal as Any)".contains("host:1 (worker)"))
    }

    /// One that holds more than a portion in one table.
    @Test func manyRowsGoInPortions() throws {
        let source = try SQLiteJobStore(path: path("source"))
        for seed in 0..<1_100 { _ = try source.insert(StoreContents.job(seed), queueLimit: 9_999) }
        let lines = try copy(source, try SQLiteJobStore.openForCopy(path: path("copy")))
        #expect(lines.contains("jobs: 1100 rows copied"))
    }
}

/// A destination that takes so many portions only.
private final class BreakingStore: StoreDestination {
    let store: SQLiteJobStore
    private let left: Lock<Int>

    init(store: SQLiteJobStore, portions: Int) {
        self.store = store
        left = Lock(portions)
    }

    var place: String { store.place }
    func settle() throws(JobStoreError) { try store.settle() }
    func look<Value>(_ body: (any StoreSnapshot) throws -> Value) throws(JobStoreError) -> Value { try store.look(body) }
    func isUnfinishedCopy() throws(JobStoreError) -> Bool { try store.isUnfinishedCopy() }
    func mark(asUnfinishedCopy: Bool) throws(JobStoreError) { try store.mark(asUnfinishedCopy: asUnfinishedCopy) }

    func append(_ rows: [StoreRow], to table: StoreTable) throws(JobStoreError) {
        let left = left.withLock { left in
            left -= 1
            return left
        }
        guard left >= 0 else { throw .storeUnavailable("killed") }
        try store.append(rows, to: table)
    }
}
