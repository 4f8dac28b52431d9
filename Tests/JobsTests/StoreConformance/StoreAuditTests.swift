import Bytes
import Jobs
import JobsFakeEngine
import Testing

/// The audit log: that it is written, and that it tells of what is done to it.
@Suite struct StoreAuditTests {
    @Test(arguments: StoreKind.lasting) func everythingIsWrittenDown(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let jobs = try (0..<4).map { seed in
            try fixture.store.insert(FakeRequest(seed: UInt64(seed)).newJob(of: "ann", key: "k\(seed)"), queueLimit: 9).job
        }
        // The same request again makes nothing, nor does a refused one.
        _ = try fixture.store.insert(FakeRequest(seed: 0).newJob(of: "ann", key: "k0"), queueLimit: 9)
        #expect(throws: JobStoreError.self) { try fixture.store.insert(FakeRequest(seed: 9).newJob(of: "ann"), queueLimit: 1) }
        try fixture.store.finish(try fixture.leaseOne().checkpoint(images: 0..<1))
        let lease = try fixture.leaseOne()
        try fixture.store.fail(lease, problem: [], usage: lease.job.usage)
        for _ in 0..<2 { _ = try fixture.store.cancel(jobs[2].id, usage: nil, by: "root") }
        for isPinned in [true, true, false] { _ = try fixture.store.pin(jobs[0].id, isPinned, by: "ann") }
        try fixture.store.delete(jobs[2].id, by: "root")
        try fixture.restart()
        fixture.clock.advance(milliseconds: 86_400_000)
        #expect(try fixture.store.sweep(RetentionPolicy(days: 1)) == 2)
        let entries = try fixture.store.audit(after: 0, limit: 100)
        #expect(entries.map(\.event.act.action) == [.submit, .submit, .submit, .submit, .succeed, .fail, .cancel, .pin, .unpin, .delete, .expire, .expire])
        #expect(entries.map(\.event.act.who) == ["ann", "ann", "ann", "ann", "", "", "root", "ann", "ann", "root", "", ""])
        #expect(entries.map(\.event.job) == [0, 1, 2, 3, 0, 1, 2, 0, 0, 2, 0, 1].map { jobs[$0].id })
        #expect(entries.allSatisfy { $0.event.owner == "ann" })
        #expect(entries[4].event.recipe == Digest(of: FakeRequest(seed: 0).bytes).hexadecimal)
        #expect(entries[4].event.act.outcome == "1 images \(Digest(of: "hash of image 0").hexadecimal)")
        #expect(entries[5].event.act.outcome == "failed" && entries[9].event.act.outcome == "removed")
        var chain = AuditChain()
        for entry in entries { try chain.take(entry) }
        #expect(chain.count == 12 && chain.head == entries[11].digest)
        #expect(try fixture.store.audit(after: 3, limit: 2) == Array(entries[3..<5]))
    }

    private func entries() throws -> [AuditEntry] {
        let fixture = try ConformanceFixture(.values)
        _ = try fixture.insert(4)
        return try fixture.store.audit(after: 0, limit: 9)
    }

    private func fault(_ entries: [AuditEntry]) -> Int64? {
        var chain = AuditChain()
        do {
            for entry in entries { try chain.take(entry) }
            try chain.finish()
            return nil
        } catch {
            return error.sequence
        }
    }

    @Test func anyChangeShows() throws {
        let good = try entries()
        #expect(fault(good) == nil)
        let changes: [(inout AuditEntry) -> Void] = [
            { $0.event.act.who = "eve" }, { $0.event.act.action = .cancel }, { $0.event.owner += "x" }, { $0.event.recipe = "" }, { $0.event.act.outcome = "x" },
            { $0.at.milliseconds += 1 }, { $0.sequence = 7 }, { $0.previous = AuditEntry.beginning }, { $0.digest = AuditEntry.beginning },
            { ($0.event.act.who, $0.event.owner) = ("6:submit", "") },
        ]
        for change in changes {
            var bad = good
            change(&bad[1])
            #expect(fault(bad) == 2)
            // With a digest that fits, the entry after it does not.
            bad[1].digest = bad[1].chained
            #expect(fault(bad) == (bad[1].sequence == 2 && bad[1].previous == good[0].digest ? 3 : 2) || bad == good)
        }
        #expect(fault([good[0], good[2], good[3]]) == 2)
        #expect(fault([good[0], good[2], good[1], good[3]]) == 2)
        #expect(fault(Array(good[1...])) == 1)
    }

    /// printf '64:00...00,1:1,13:1700000000010,3:ann,6:submit,36:018f3a4e-0000-7000-8000-000000000000,3:ann,2:ab,6:queued,' | sha256sum
    @Test func theDigestIsOfNetstrings() throws {
        let id = try #require(JobID("018f3a4e-0000-7000-8000-000000000000"))
        let event = AuditEntry.Event(.init(.submit, by: "ann", outcome: "queued"), job: id, owner: "ann", recipe: "ab")
        let entry = AuditEntry(event, at: Timestamp(milliseconds: 1_700_000_000_010), after: nil)
        #expect(entry.digest == "a936379601009081e5ddbe38bf370321c132cb9cc56a28a6c008a6135d99fe8e")
    }

    @Test(arguments: StoreKind.lasting) func nobodyChangesItByMistake(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        guard fixture.hasTables else { return }
        _ = try fixture.insert(2)
        #expect(try fixture.store.audit(after: 0, limit: 9).count == 2)
        for statement in ["UPDATE audit SET who = 'eve'", "DELETE FROM audit"] {
            #expect(throws: JobStoreError.self) { try fixture.inspect(statement) }
        }
        #expect(fault(try fixture.store.audit(after: 0, limit: 9)) == nil)
    }

    @Test(arguments: StoreKind.lasting) func aLogThatWasShortenedGoesOn(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        guard fixture.hasTables else { return }
        _ = try fixture.insert(5)
        let all = try fixture.store.audit(after: 0, limit: 99)
        // What is not the entry that was archived does not go.
        let wrong = AuditAnchor(sequence: 3, digest: all[1].digest)
        #expect(throws: JobStoreError.self) { try fixture.shortenAudit(through: wrong) }
        #expect(try fixture.store.audit(after: 0, limit: 99) == all)
        try fixture.shortenAudit(through: AuditAnchor(sequence: 3, digest: all[2].digest))
        _ = try fixture.insert(1)
        try fixture.restart()
        let left = try fixture.store.audit(after: 0, limit: 99)
        #expect(left.map(\.sequence) == [4, 5, 6, 7] && Array(left[..<2]) == Array(all[3...]))
        #expect(left[2].event.act.action == .shorten && left[2].event.act.outcome == "1...3 \(all[2].digest)")
        #expect(fault(left) == nil)
        // Without the entry that says so, or from another place on, it is a log that was cut.
        #expect(fault(Array(left[..<2])) == 1 && fault(Array(left[1...])) == 1)
        // Once more, and now the whole of it: the next entry follows nevertheless.
        try fixture.shortenAudit(through: AuditAnchor(sequence: 7, digest: left[3].digest))
        let rest = try fixture.store.audit(after: 0, limit: 99)
        #expect(rest.map(\.sequence) == [8] && fault(rest) == nil)
        #expect(throws: JobStoreError.self) { try fixture.inspect("DELETE FROM audit") }
    }
}
