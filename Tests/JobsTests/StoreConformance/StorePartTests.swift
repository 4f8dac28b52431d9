import Jobs
import JobsFakeEngine
import Testing

/// Jobs of many images: shared where the engine can, taken whole where it cannot.
@Suite struct StorePartTests {
    static let places: LeasePlaces = {
        var places = LeasePlaces(small: 9, large: 9)
        places.rowsTogether = .init(small: 4, large: 1)
        return places
    }()

    @Test(arguments: StoreKind.allCases) func everyImageIsMadeOnce(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        let stores = try fixture.processes(3)
        let job = try fixture.insert(1, images: 22)[0]
        var ranges: [Range<Int>] = [], ends: [Bool] = []
        while ends.last != true {
            let leases = try stores.map { try $0.lease(Self.places) }
            #expect(leases.allSatisfy { $0.count <= 1 }, "of each job one part at a time")
            try #require(leases.contains { !$0.isEmpty }, "\(ranges)")
            for (store, lease) in zip(stores, leases).flatMap({ store, leases in leases.map { (store, $0) } }) {
                ranges.append(lease.images)
                #expect(lease.job.attempt == 1 && lease.fruitlessAttempts == 1 && lease.run != nil)
                #expect(lease.usage == JobUsage(computeNanoseconds: 0, networkCalls: 0, imageSteps: 0, imagesDone: 0))
                try store.begin([lease])
                #expect(try fixture.store.job(job.id).status == .running)
                #expect(try store.renew([lease]).isEmpty)
                // One image now, all of the part with the end.
                let first = lease.images.lowerBound
                #expect(try store.save([lease.checkpoint(images: first..<first + 1)]).isEmpty)
                ends.append(try store.finishPart(lease.checkpoint(images: lease.images)))
                #expect(throws: JobStoreError.self) { try store.finish(lease.checkpoint(images: 0..<1)) }
            }
        }
        #expect(ranges.map(\.count).reduce(0, +) == 22 && Set(ranges.flatMap(Array.init)) == Set(0..<22))
        #expect(ends.filter { $0 }.count == 1)
        if kind == .postgres { #expect(ranges.count > 2 && ranges.allSatisfy { $0.count % 4 == 0 || $0.upperBound == 22 }) }
        let ended = try fixture.store.job(job.id)
        #expect(ended.status == .succeeded && ended.images.map(\.index) == Array(0..<22))
        #expect(ended.timing.networkCalls == 88 && ended.progress.imagesDone == 22)
        #expect(ended.timing.computeMilliseconds == Double(8 * ranges.count))
        try fixture.expectRows("occurrences WHERE image IS NULL", 1)
        try fixture.expectRows("occurrences WHERE image IS NOT NULL", 22)
        if kind == .postgres { try fixture.expectRows("parts", 0) }
    }

    /// What is no more than a process makes at once is no matter of several.
    @Test(arguments: StoreKind.allCases) func aSmallJobIsTakenWhole(_ kind: StoreKind) throws {
        let fixture = try ConformanceFixture(kind)
        _ = try fixture.insert(1, images: 4)
        let lease = try #require(try fixture.store.lease(Self.places).first)
        #expect(lease.part == nil && lease.images == 0..<4)
        #expect(try fixture.store.finishPart(lease.checkpoint(images: 0..<4)))
    }

    @Test func partsBecomeSmallerTowardsTheEnd() {
        var left = 1_000, sizes: [Int] = []
        while left > 0 {
            sizes.append(JobRules.imagesOfPart(left: left, together: 8, processes: 4))
            left -= sizes.last ?? 1
        }
        #expect(sizes.prefix(3) == [128, 112, 96] && sizes.suffix(8).allSatisfy { $0 == 8 })
        #expect(zip(sizes, sizes.dropFirst()).allSatisfy { $0 >= $1 } && sizes.reduce(0, +) == 1_000)
        #expect(JobRules.imagesOfPart(left: 3, together: .max, processes: .max) == 3)
        #expect(JobRules.imagesOfPart(left: .max, together: 0, processes: 0) == JobRules.mostImages / 2)
        // Two rows an image with guidance; one that needs more rows than there are goes alone.
        #expect(JobRules.imagesTogether(rows: 8, calls: 2 * 50 * 100, images: 100, steps: 50) == 4)
        #expect(JobRules.imagesTogether(rows: 1, calls: 2 * 50 * 100, images: 100, steps: 50) == 1)
        #expect(JobRules.imagesTogether(rows: .max, calls: -1, images: .max, steps: .max) == .max)
    }
}
