import Jobs
import JobsFakeEngine
import Testing

/// In what order owners take turns.
@Suite struct StoreTurnTests {
    private func insert(
        _ fixture: ConformanceFixture, _ owner: String, _ count: Int = 1, units: Int = 1_000, model: Int = 0,
        isLarge: Bool = false
    ) throws -> [JobID] {
        try (0..<count).map { _ in
            let request = FakeRequest(seed: 1, group: model, isLarge: isLarge)
            return try fixture.store.insert(request.newJob(of: owner, units: units), queueLimit: 10_000).job.id
        }
    }

    /// A thousand jobs of one name are no reason for another to wait.
    @Test(arguments: StoreKind.allCases) func aNewNameComesNext(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let many = try insert(fixture, "ann", kind == .values ? 100 : 1_000)
        #expect(try fixture.store.lease(limit: 3).map(\.job.id) == Array(many[..<3]))
        let new = try insert(fixture, "bob", 2)
        #expect(try fixture.store.job(new[0]).queuePosition == 4, "behind those that have a place and have not begun")
        #expect(try fixture.store.job(many[3]).queuePosition == 5)
        #expect(try fixture.store.outstandingWork()[3].id == new[0])
        #expect(try fixture.store.lease(limit: 1).map(\.job.id) == [new[0]])
        let newest = try insert(fixture, "eve")
        #expect(try fixture.store.lease(limit: 4).map(\.job.id) == [newest[0], many[3], new[1], many[4]])
    }

    /// Two names with the queue full: one asks for ten times the work of the other in each job, and gets a tenth of the
    /// jobs.
    @Test(arguments: StoreKind.allCases) func turnsGoByWork(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let big = Set(try insert(fixture, "big", 40, units: 10_000))
        _ = try insert(fixture, "small", 200, units: 1_000)
        var order: [Bool] = []
        for _ in 0..<110 { order.append(big.contains(try fixture.leaseOne().job.id)) }
        #expect(order.count { $0 } == 10)
        for start in stride(from: 0, to: 99, by: 11) { #expect(order[start..<start + 11].count { $0 } == 1) }
    }

    /// Who has used the service alone for long owes nothing for it, and who was away has saved nothing.
    @Test(arguments: StoreKind.allCases) func thePastIsNotCounted(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        for _ in 0..<50 {
            _ = try insert(fixture, "ann")
            try fixture.store.finish(try fixture.leaseOne().checkpoint(images: 0..<1))
        }
        let both = try (0..<4).map { _ in try insert(fixture, "bob") + insert(fixture, "ann") }
        let leased = try fixture.store.lease(limit: 8).map(\.job.id)
        #expect(leased == both.flatMap(\.self))
    }

    /// What was cancelled before it had its turn counts for nothing.
    @Test(arguments: StoreKind.allCases) func turnsOfCancelledJobsAreGivenBack(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let ann = try insert(fixture, "ann", 6)
        let bob = try insert(fixture, "bob", 3)
        for id in ann[1..<5] { _ = try fixture.store.cancel(id, usage: nil, by: "ann") }
        let later = try insert(fixture, "ann")
        let order = [ann[0], bob[0], ann[5], bob[1], bob[2], later[0]]
        #expect(try order.map { try fixture.store.job($0).queuePosition } == Array(1...6))
        #expect(try fixture.store.lease(limit: 9).map(\.job.id) == order)
    }

    /// What has happened to a job before it is cancelled.
    enum Past: CaseIterable {
        case waited, wasGivenBack, wasComputedAndGivenBack, died, diedTwiceAndWasGivenBack, isLeased

        /// Whether the turn is still the owner's.
        var leavesTheTurn: Bool { self == .waited || self == .wasGivenBack }

        func happen(in fixture: ConformanceFixture, to id: JobID) throws {
            for _ in 0..<(self == .diedTwiceAndWasGivenBack ? 3 : self == .waited ? 0 : 1) {
                _ = try fixture.store.recover()
                let lease = try #require(try fixture.store.lease(limit: 1).first)
                #expect(lease.job.id == id)
                if self == .wasComputedAndGivenBack { _ = try fixture.store.save([lease.checkpoint(step: 2)]) }
                if self == .wasGivenBack || self == .wasComputedAndGivenBack { try fixture.store.release([lease]) }
                if self == .diedTwiceAndWasGivenBack, lease.job.attempt == 3 { try fixture.store.release([lease]) }
                if self != .isLeased { fixture.clock.advance(milliseconds: 61_000) }
            }
            _ = try fixture.store.recover()
        }
    }

    /// A turn is given back of which nothing was had, and no other.
    @Test(arguments: StoreKind.allCases, Past.allCases)
    func turnsThatWereHadAreNotGivenBack(_ kind: StoreKind, _ past: Past) throws {
        let fixture = try ConformanceFixture(kind)
        let ann = try insert(fixture, "ann", 3), bob = try insert(fixture, "bob", 2)
        try past.happen(in: fixture, to: ann[0])
        _ = try fixture.store.cancel(ann[0], usage: nil, by: "ann")
        // Equal turns go by the order of acceptance: the second job is now where the first was, or behind bob's first.
        let expected = past.leavesTheTurn ? [ann[1], bob[0], ann[2], bob[1]] : [bob[0], ann[1], bob[1], ann[2]]
        #expect(try fixture.store.lease(limit: 9).map(\.job.id) == expected)
    }

    /// Turns that somebody else has written are taken to the ends of their range, and nothing overflows.
    @Test(arguments: StoreKind.allCases, [Int64.min, -1, 1 << 61, .max])
    func turnsBeyondAllAreGivenBack(_ kind: StoreKind, _ turn: Int64) throws {
        let fixture = try ConformanceFixture(kind)
        let ids = try insert(fixture, "ann", 3)
        _ = try fixture.inspect("UPDATE jobs SET turn = \(turn)")
        for id in ids[..<2] { _ = try fixture.store.cancel(id, usage: nil) }
        #expect(try fixture.store.lease(limit: 9).map(\.job.id) == [ids[2]])
        guard fixture.hasTables else { return }
        let weight = FairTurns.weight(calls: 4, unitsPerCall: 1_000)
        let left = (0..<2).reduce(turn) { turn, _ in FairTurns.turn(turn, withoutWeight: weight) }
        #expect(try fixture.inspect("SELECT turn FROM jobs WHERE status = 'running'") == "\(left)")
    }

    @Test(arguments: StoreKind.allCases) func largeJobsTakeTurnsAmongThemselves(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let large = try insert(fixture, "ann", 5, units: 1 << 20, isLarge: true)
        let small = try insert(fixture, "bob", 3)
        let own = try insert(fixture, "ann", 2)
        let other = try insert(fixture, "bob", isLarge: true)
        #expect(try fixture.store.lease(LeasePlaces(small: 3, large: 0)).map(\.job.id) == [small[0], own[0], small[1]])
        #expect(try fixture.store.lease(LeasePlaces(small: 0, large: 2)).map(\.job.id) == [large[0], other[0]])
    }

    @Test(arguments: StoreKind.allCases) func someAreLeasedWithoutOthers(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let ann = try insert(fixture, "ann", 3), bob = try insert(fixture, "bob", 2)
        let places = LeasePlaces(small: 9, large: 9, without: ["ann", "' OR 1 --"])
        #expect(try fixture.store.lease(places).map(\.job.id) == bob)
        #expect(try fixture.store.lease(limit: 1, models: ["model1"]).isEmpty)
        #expect(try fixture.store.lease(limit: 9).map(\.job.id) == ann)
    }

    /// A host that serves one model only is behind the others; a new name is not put behind all that waits for it.
    @Test(arguments: StoreKind.allCases) func aModelThatLagsKeepsNobodyBack(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let slow = try insert(fixture, "ann", 20, model: 1)
        _ = try fixture.store.lease(limit: 1, models: ["model1"])
        _ = try insert(fixture, "bob", 30)
        _ = try fixture.store.lease(limit: 15, models: ["model0"])
        let new = try insert(fixture, "eve", model: 1)
        #expect(try fixture.store.lease(limit: 2, models: ["model1"]).map(\.job.id) == [slow[1], new[0]])
    }
}
