import Jobs
import JobsFakeEngine
import Locking
import Testing

/// Leases end, are renewed, and are taken back.
@Suite struct StoreLeaseTests {
    @Test(arguments: StoreKind.allCases) func aLeaseEndsUnlessItIsRenewed(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let jobs = try fixture.insert(4)
        let leases = try fixture.store.lease(limit: 3)
        let end = Timestamp(milliseconds: fixture.clock.now.milliseconds + 60_000)
        #expect(leases.map(\.expiresAt) == [end, end, end])
        fixture.clock.advance(milliseconds: 59_999)
        #expect(try fixture.store.recover().isEmpty)
        #expect(try fixture.store.renew([leases[1]]).isEmpty)
        #expect(try fixture.store.save([leases[2].checkpoint(step: 1)]).isEmpty)
        fixture.clock.advance(milliseconds: 1)
        let before = try jobs.map { try fixture.store.job($0.id) }
        #expect(try fixture.store.recover() == [jobs[0].id])
        let after = try jobs.map { try fixture.store.job($0.id) }
        #expect(after[0].version > before[0].version && after[0].status == .queued && after[0].attempt == 1)
        #expect(Array(after[1...]) == Array(before[1...]))
        // Too late: it is another's now.
        #expect(try fixture.store.renew(leases) == [jobs[0].id])
        let again = try #require(try fixture.store.lease(limit: 1).first)
        #expect(again.job.id == jobs[0].id && again.job.attempt == 2 && again.token != leases[0].token)
        #expect(try fixture.store.save([leases[0].checkpoint(step: 3)]) == [jobs[0].id])
        #expect(throws: JobStoreError.leaseLost(jobs[0].id)) {
            try fixture.store.finish(leases[0].checkpoint(images: 0..<1))
        }
        // The other two were renewed a moment ago, when this one was given.
        fixture.clock.advance(milliseconds: 59_999)
        #expect(try fixture.store.recover().isEmpty)
        fixture.clock.advance(milliseconds: 1)
        #expect(Set(try fixture.store.recover()) == Set(jobs[..<3].map(\.id)))
    }

    @Test(arguments: StoreKind.allCases) func whoIsLateButNotTooLateMayFinish(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let job = try fixture.insert(1)[0]
        let lease = try fixture.leaseOne()
        fixture.clock.advance(milliseconds: 3_600_000)
        try fixture.store.finish(lease.checkpoint(images: 0..<1))
        #expect(try fixture.store.recover().isEmpty)
        #expect(try fixture.store.job(job.id).status == .succeeded)
    }

    @Test(arguments: StoreKind.lasting) func whatWasSavedOutlivesTheProcess(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let job = try fixture.insert(1)[0]
        _ = try fixture.store.save([try fixture.leaseOne().checkpoint(step: 2)])
        let saved = try fixture.store.job(job.id).version
        try fixture.restart()
        #expect(try fixture.store.recover() == [job.id])
        let recovered = try fixture.store.job(job.id)
        // More than the dead process can have published in memory after its last save.
        #expect(recovered.version.number - saved.number > Int64(UInt32.max) / 2)
        let lease = try fixture.leaseOne()
        #expect(lease.job.attempt == 2 && lease.job.resumedFromStep == 2 && lease.job.version > recovered.version)
        #expect(lease.saved.mapValues(\.step) == [0: 2])
    }

    @Test(arguments: StoreKind.allCases) func aSaveMovesTheVersionWhereThereIsSomethingNew(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let id = try fixture.insert(1)[0].id
        let lease = try fixture.leaseOne()
        var versions = [try fixture.store.job(id).version]
        for step in 1...3 {
            _ = try fixture.store.save([lease.checkpoint(step: step)])
            versions.append(try fixture.store.job(id).version)
            _ = try fixture.store.save([lease.checkpoint(step: step)])
            _ = try fixture.store.renew([lease])
            #expect(try fixture.store.job(id).version == versions[step], "nothing new")
        }
        #expect(versions == versions.sorted() && Set(versions).count == 4)
    }

    @Test(arguments: StoreKind.allCases) func onlyJobsOfTheModelsAskedForAreLeased(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let ids = try [0, 1, 2, 0].map { group in
            try fixture.store.insert(FakeRequest(seed: 1, group: group, isLarge: group == 2).newJob(), queueLimit: 9)
                .job.id
        }
        #expect(try fixture.store.lease(limit: 9, models: []).isEmpty)
        #expect(try fixture.store.lease(limit: 9, models: ["another", "' OR 1 --"]).isEmpty)
        let leases = try fixture.store.lease(limit: 1, models: ["model1", "model2"])
        #expect(Set(leases.map(\.job.id)) == [ids[1], ids[2]])
        #expect(try fixture.store.job(ids[3]).queuePosition == 3, "a leased job waits until it is begun")
        try fixture.store.begin(leases)
        #expect(try fixture.store.job(ids[3]).queuePosition == 2, "the one that nobody asked for is before it")
        #expect(
            try fixture.store.lease(LeasePlaces(small: 9, large: 9, models: ["model0"])).map(\.job.id) == [
                ids[0], ids[3],
            ])
    }

    @Test(arguments: StoreKind.allCases) func whatHappensIsTold(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let store = fixture.store
        let told = Lock<[StoreEvent]>([])
        var known: Set<JobID> = []
        // Of a shared queue, who looks for what was not heard may tell again of jobs that wait: passed over, but for one.
        func heard(again: JobID? = nil) -> [StoreEvent] {
            var again = again
            return told.withLock { told in
                defer { told = [] }
                return told
            }.filter { event in
                guard kind == .postgres, case .arrived(let job) = event, !known.insert(job).inserted else { return true }
                defer { if job == again { again = nil } }
                return job == again
            }
        }
        var observation: StoreObservation? = store.observe { event in told.withLock { $0.append(event) } }
        let ids = try fixture.insert(4).map(\.id)
        #expect(heard() == ids.map { .arrived($0) })
        let leases = try store.lease(limit: 3)
        try store.begin(leases)
        _ = try store.save([leases[0].checkpoint(step: 1)])
        #expect(heard().isEmpty)
        try store.finish(leases[0].checkpoint(images: 0..<1))
        try store.fail(leases[1], problem: [1], usage: leases[1].checkpoint(step: 1).usage)
        #expect(heard() == [.ended(ids[0]), .ended(ids[1])])
        try store.release([leases[2], leases[0]])
        #expect(heard(again: ids[2]) == [.arrived(ids[2])], "of the lost lease nothing is told")
        _ = try store.lease(limit: 1)
        fixture.clock.advance(milliseconds: 60_000)
        _ = try store.recover()
        #expect(heard(again: ids[2]) == [.arrived(ids[2])])
        for _ in 0..<2 { _ = try store.cancel(ids[3], usage: nil) }
        #expect(heard() == [.cancelled(ids[3])], "once")
        #expect(throws: JobStoreError.self) { try store.finish(leases[2].checkpoint(images: 0..<1)) }
        #expect(throws: JobStoreError.self) { try store.insert(FakeRequest(seed: 1).newJob(), queueLimit: 1) }
        #expect(heard().isEmpty, "nothing has happened")
        observation = nil
        _ = try store.cancel(ids[2], usage: nil)
        #expect(heard().isEmpty && observation == nil)
    }

    @Test(arguments: StoreKind.allCases) func aClosedStoreRefuses(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let id = try fixture.insert(1)[0].id
        try fixture.store.close()
        for call in [
            { _ = try fixture.insert(1) }, { _ = try fixture.store.job(id) }, { _ = try fixture.store.lease(limit: 1) },
        ] {
            let error = #expect(throws: JobStoreError.self, performing: call)
            guard case .storeUnavailable = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    /// Two processes, one queue: where the engine allows it.
    @Test func processesShareAQueue() throws {
        let clock = TestClock()
        let contents = MemoryJobStore.Contents()
        let stores = (0..<2).map { _ in MemoryJobStore(contents, clock: { clock.now }) }
        let arrivals = Lock(0)
        let observation = stores[1].observe { if case .arrived = $0 { arrivals.withLock { $0 += 1 } } }
        let ids = try (0..<3).map { try stores[0].insert(FakeRequest(seed: $0).newJob(), queueLimit: 9).job.id }
        #expect(arrivals.withLock { $0 } == 3)
        let mine = try stores[0].lease(limit: 2)
        let others = try stores[1].lease(limit: 2)
        #expect((mine + others).map(\.job.id) == ids)
        clock.advance(milliseconds: 40_000)
        #expect(try stores[0].renew(mine).isEmpty)
        clock.advance(milliseconds: 40_000)
        #expect(try stores[0].recover() == [ids[2]], "of the one that is silent")
        #expect(try stores[1].save(others.map { $0.checkpoint(step: 1) }) == [ids[2]])
        withExtendedLifetime(observation) {}
    }

    @Test(arguments: StoreKind.lasting) func onlyAttemptsWithoutProgressAreFruitless(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        var fruitless: [Int] = []
        for launch in 0..<6 {
            if launch == 0 { _ = try fixture.insert(1) } else { try fixture.restart() }
            _ = try fixture.store.recover()
            let lease = try #require(try fixture.store.lease(limit: 1).first)
            fruitless.append(lease.fruitlessAttempts)
            #expect(lease.job.attempt == launch + 1)
            // Launch 2 gets to step 2; launch 4 saves the very same progress again, which is none.
            if launch == 2 || launch == 4 { _ = try fixture.store.save([lease.checkpoint(step: 2)]) }
        }
        #expect(fruitless == [1, 2, 3, 1, 2, 3])
    }
}
