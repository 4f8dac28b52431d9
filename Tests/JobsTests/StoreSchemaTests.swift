import Foundation
import Jobs
import JobsFakeEngine
import JobsSQLite
import Locking
import TestSupport
import Testing

/// A store of every schema that there has been (Tests/Fixtures/stores/make_schemas.py), and of one to come.
@Suite struct StoreSchemaTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Fixtures/stores/schemas").standardized.path
    static let names = ((try? FileManager.default.contentsOfDirectory(atPath: fixtures)) ?? []).sorted()

    @Test func everySchemaIsThere() {
        #expect(Self.names.count == 12)
    }

    @Test(arguments: names) func aStoreOfASchemaBecomesOneOfThis(_ name: String) throws {
        let folder = try TemporaryFolder()
        try FileManager.default.copyItem(atPath: "\(Self.fixtures)/\(name)", toPath: folder.storePath)
        let store = try SQLiteJobStore(path: folder.storePath)
        let jobs = try store.jobs(JobQuery()).jobs.reversed().map { $0 }
        #expect(jobs.map { $0.id.description.suffix(2) } == ["01", "02", "03", "04", "05"])
        #expect(jobs.prefix(3).map(\.status) == [.succeeded, .failed, .cancelled])
        #expect(try store.image(0, of: jobs[0].id).bytes == Array("image of version before".utf8))
        #expect(jobs[1].error == Array(#"{"title":"no"}"#.utf8))
        let stone = try #require(JobID("018bcfe5-6899-7000-8000-000000000099"))
        #expect(throws: JobStoreError.gone(stone, why: .expired, at: Timestamp(milliseconds: 1_700_000_000_000))) { try store.job(stone) }
        try expectNoFault(store)
        try expectTablesOfNow(store)
        // What was open is made, and the same request made it.
        let pool = try PoolFixture(store)
        try pool.pool.start()
        for job in jobs.suffix(2) {
            #expect(try pool.wait(for: job.id).status == .succeeded)
            #expect(try store.image(0, of: job.id).bytes == FakeRequest(job.request).expectedImage(0))
        }
        #expect(pool.stop())
        #expect(try store.insert(FakeRequest(seed: 5).newJob(key: "k5"), queueLimit: 9).job.id == jobs[4].id)
    }

    private func expectNoFault(_ store: SQLiteJobStore) throws {
        let found = Lock<[String]>([])
        try store.look { snapshot in
            var check = StoreCheck(snapshot, rules: .fake) { fault in found.withLock { $0.append("\(fault)") } }
            try check.run()
        }
        #expect(found.withLock { $0 }.isEmpty)
    }

    /// Whatever way a store has come, it has the tables, indexes and triggers of a new one.
    private func expectTablesOfNow(_ store: SQLiteJobStore) throws {
        let list = "SELECT group_concat(sql, char(10)) FROM (SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name)"
        func words(_ store: SQLiteJobStore) throws -> [Substring] {
            try #require(try store.inspect(list)).split { $0.isWhitespace || $0 == "\"" }
        }
        #expect(try words(store) == words(SQLiteJobStore(inMemory: .init())))
    }

    /// Not a byte of it is changed: also of a copy that is not written through a log.
    @Test(arguments: ["WAL", "DELETE"]) func aStoreToComeIsLeftAlone(_ mode: String) throws {
        let folder = try TemporaryFolder()
        do {
            let store = try SQLiteJobStore(path: folder.storePath)
            _ = try store.insert(FakeRequest(seed: 1).newJob(), queueLimit: 9)
            _ = try store.inspect("INSERT INTO grdb_migrations VALUES ('of tomorrow')")
            try store.close()
        }
        if mode == "DELETE" {
            // As a backup is.
            let bytes = try Data(contentsOf: URL(filePath: folder.storePath))
            var changed = bytes
            (changed[18], changed[19]) = (1, 1)
            try changed.write(to: URL(filePath: folder.storePath))
        }
        let before = try Data(contentsOf: URL(filePath: folder.storePath))
        for _ in 0..<2 {
            let error = #expect(throws: JobStoreError.self) { try SQLiteJobStore(path: folder.storePath) }
            #expect("\(error as Any)".contains("newer version"))
        }
        #expect(throws: JobStoreError.self) { try SQLiteJobStore.openForCopy(path: folder.storePath) }
        #expect(throws: JobStoreError.self) { try SQLiteStoreReader(path: folder.storePath) }
        #expect(try Data(contentsOf: URL(filePath: folder.storePath)) == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).contains { $0.hasSuffix("-journal") } == false)
    }
}
