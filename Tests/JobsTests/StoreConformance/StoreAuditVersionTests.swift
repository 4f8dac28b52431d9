import Jobs
import JobsFakeEngine
import TestSupport
import Testing

/// What the audit log does with entries of a version that knows more actions than this one.
@Suite struct StoreAuditVersionTests {
    /// It is kept, the chain goes on after it, and whoever reads is told which it is.
    @Test(arguments: StoreKind.lasting) func anEntryOfALaterVersionIsKept(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        guard fixture.hasTables else { return }
        let job = try fixture.insert(1)[0]
        let first = try #require(try fixture.store.audit(after: 0, limit: 9).first)
        let digest = String(repeating: "a", count: 64)
        _ = try fixture.inspect(
            """
            INSERT INTO audit (sequence, at, who, action, job, owner, recipe, outcome, previous, digest)
            SELECT 2, at, who, 'annotate', job, owner, recipe, outcome, digest, '\(digest)' FROM audit RETURNING sequence
            """)
        _ = try fixture.store.cancel(job.id, usage: nil)
        try fixture.restart()
        let after = try fixture.store.audit(after: 2, limit: 9)
        #expect(after.map(\.event.act.action) == [.cancel] && after[0].sequence == 3 && after[0].previous == digest)
        #expect(try fixture.store.audit(after: 0, limit: 1) == [first])
        let error = #expect(throws: JobStoreError.self) { try fixture.store.audit(after: 0, limit: 9) }
        #expect("\(String(describing: error))".contains("row 2 of the table audit"))
        try fixture.expectRows("audit", 3)
    }

    /// What waits to be chained is passed over by this version, however much of it there is, and left to one that can read it.
    @Test(.enabled(if: PostgresServer.whyNot == nil, "PostgreSQL is not installed (Debian: postgresql)"))
    func whatWaitsIsLeftToALaterVersion() throws {
        let fixture = try ConformanceFixture(.postgres)
        _ = try fixture.inspect(
            """
            INSERT INTO audit_pending (at, who, action, job, owner, recipe, outcome)
            SELECT 1, '', 'annotate', '018f3a4e-0000-7000-8000-000000000000', '', '', '' FROM generate_series(1, 1001) RETURNING entry
            """)
        let jobs = try fixture.insert(2)
        let entries = try fixture.store.audit(after: 0, limit: 9)
        #expect(entries.map(\.event.job) == jobs.map(\.id) && entries.map(\.sequence) == [1, 2])
        try fixture.expectRows("audit_pending", 1_001)
        #expect(try fixture.inspect("SELECT DISTINCT action FROM audit_pending") == "annotate")
    }
}
