import Jobs
import JobsFakeEngine
import Testing

/// Ends that are still to be told, by every store that keeps them.
@Suite struct StoreOutboxTests {
    private static let kinds = StoreKind.allCases.filter { $0 != .values }
    private let url = "https://example.org/x"

    private func insert(_ fixture: ConformanceFixture, _ events: Set<JobStatus>, to url: String? = nil) throws -> JobID
    {
        let url = url ?? self.url
        var job = FakeRequest(seed: 1).newJob()
        job.callback = JobCallback(url: url, events: events, trace: "00-1-2-01")
        return try fixture.store.insert(job, queueLimit: 100).job.id
    }

    @Test(arguments: kinds) func anEndIsInTheOutboxUntilItIsSettled(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind), outbox = try #require(fixture.store.outbox)
        let id = try insert(fixture, [.cancelled, .failed])
        #expect(try outbox.dueDeliveries(at: fixture.clock.now, limit: 10).isEmpty)
        _ = try fixture.store.cancel(id, usage: nil)
        _ = try fixture.store.cancel(id, usage: nil)
        let due = try outbox.dueDeliveries(at: fixture.clock.now, limit: 10)
        let delivery = try #require(due.first)
        #expect(due.count == 1)
        #expect(
            delivery.end.job == id && delivery.end.status == .cancelled && delivery.url == url && delivery.attempts == 0
        )
        #expect(delivery.trace == "00-1-2-01" && delivery.end.at == fixture.clock.now)

        #expect(try outbox.claim(delivery, at: fixture.clock.now, for: .seconds(30)))
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

    /// Several processes see a delivery; one of them makes it, or, where that one dies, another later.
    @Test(arguments: kinds) func aDeliveryIsMadeByOne(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let outboxes = try fixture.processes(3).compactMap(\.outbox)
        guard outboxes.count > 1 else { return }
        _ = try fixture.store.cancel(insert(fixture, [.cancelled]), usage: nil)
        let now = fixture.clock.now,
            due = try outboxes.map { try #require(try $0.dueDeliveries(at: now, limit: 9).first) }
        #expect(Set(due).count == 1)
        let claims = try zip(outboxes, due).map { try $0.claim($1, at: now, for: .seconds(30)) }
        #expect(claims == [true, false, false])
        #expect(try outboxes[1].dueDeliveries(at: now, limit: 9).isEmpty)
        fixture.clock.advance(milliseconds: 30_000)
        #expect(try outboxes[1].claim(due[1], at: fixture.clock.now, for: .seconds(30)))
        try outboxes[1].settle(due[1], .again(at: fixture.clock.now))
        // What the first had of it is out of date.
        #expect(try !outboxes[0].claim(due[0], at: fixture.clock.now, for: .seconds(30)))
        #expect(try outboxes[0].dueDeliveries(at: fixture.clock.now, limit: 9).map(\.attempts) == [1])
        try outboxes[1].settle(due[1], .over)
        #expect(try !outboxes[2].claim(due[2], at: fixture.clock.now, for: .seconds(30)))
    }

    @Test(arguments: kinds) func otherEndsAreNotTold(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind), outbox = try #require(fixture.store.outbox)
        for events: Set<JobStatus> in [[.succeeded], [.failed], [.cancelled, .succeeded]] {
            _ = try insert(fixture, events)
        }
        for lease in try fixture.store.lease(limit: 3) {
            try fixture.store.fail(lease, problem: [], usage: lease.job.usage)
        }
        #expect(try outbox.dueDeliveries(at: fixture.clock.now, limit: 10).map(\.end.status) == [.failed])
    }

    /// What one host does not take is left out while it has enough at hand: it holds up no others.
    @Test(arguments: kinds) func hostsAreLeftOut(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind), outbox = try #require(fixture.store.outbox)
        let hosts = ["a.example", "a.example:8443", "b.example", "xa.example"]
        for (host, rest) in zip(hosts, ["/x?https://b.example/", "", "?y=/z", "/"]) {
            _ = try fixture.store.cancel(insert(fixture, [.cancelled], to: "https://\(host)\(rest)"), usage: nil)
        }
        func left(_ excepted: Set<String>) throws -> [String] {
            try outbox.dueDeliveries(at: fixture.clock.now, limit: 10, exceptTo: excepted).map(\.host)
        }
        #expect(try left([]) == hosts)
        #expect(try left(["a.example"]) == ["a.example:8443", "b.example", "xa.example"])
        #expect(try left(["b.example", "a.example:8443"]) == ["a.example", "xa.example"])
        #expect(try left(Set(hosts)).isEmpty)
    }

    /// However many rows nobody can read stand before them, the others are told.
    @Test(arguments: kinds, [1, 3, 5]) func damagedDeliveriesHideNoOthers(_ kind: StoreKind, _ limit: Int) throws {
        let fixture = try ConformanceFixture(kind), outbox = try #require(fixture.store.outbox)
        let ids = try (0..<9).map { _ in try insert(fixture, [.cancelled]) }
        for id in ids { _ = try fixture.store.cancel(id, usage: nil) }
        for (place, damage) in ["job = 'x'", "status = 'paused'", "job = ''"].enumerated() {
            _ = try fixture.inspect("UPDATE deliveries SET \(damage) WHERE job = '\(ids[place])'")
        }
        _ = try fixture.inspect("UPDATE deliveries SET status = 'x' WHERE job = '\(ids[4])'")
        let readable = [3, 5, 6, 7, 8].map { ids[$0] }
        let due = try outbox.dueDeliveries(at: fixture.clock.now, limit: limit)
        #expect(due.map(\.end.job) == Array(readable.prefix(limit)))
        #expect(try outbox.dueDeliveries(at: fixture.clock.now, limit: 0).isEmpty)
        #expect(try outbox.dueDeliveries(at: fixture.clock.now, limit: 99).map(\.end.job) == readable)
    }

    /// What makes the end fail to be written leaves nothing to be told.
    @Test(arguments: kinds) func anEndThatIsNotWrittenIsNotTold(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind), outbox = try #require(fixture.store.outbox)
        let id = try insert(fixture, [.cancelled])
        #expect(throws: JobStoreError.self) {
            _ = try fixture.store.fail(
                JobLease(token: "other", expiresAt: fixture.clock.now, job: fixture.store.job(id)), problem: [],
                usage: fixture.store.job(id).usage)
        }
        #expect(try outbox.dueDeliveries(at: fixture.clock.now, limit: 10).isEmpty)
    }

    /// What nobody has told for a month goes, also where nobody sends it any more.
    @Test(arguments: kinds) func oldDeliveriesGo(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        _ = try fixture.store.cancel(insert(fixture, [.cancelled]), usage: nil)
        for (days, left) in [(30, 1), (2, 0)] {
            fixture.clock.advance(milliseconds: Int64(days) * 86_400_000)
            _ = try fixture.store.sweep(RetentionPolicy())
            try fixture.expectRows("deliveries", left)
        }
    }
}
