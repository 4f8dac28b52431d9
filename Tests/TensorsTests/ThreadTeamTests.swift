import Locking
import Synchronization
import Testing

@testable import Tensors

struct ThreadTeamTests {
    @Test(arguments: 1...5) func everyItemIsDoneOnce(threads: Int) {
        let team = ThreadTeam(count: threads)
        for items in 0...23 {
            let done = Lock([Int](repeating: 0, count: items))
            for _ in 0..<50 { team.run(items) { item, _ in done.withLock { $0[item] += 1 } } }
            #expect(done.withLock { $0 } == [Int](repeating: 50, count: items))
        }
    }

    /// One item ends only when all others have, the two behind it in its share among them: somebody else must take
    /// those.
    @Test(arguments: 2...4) func itemsAreTakenFromAThreadThatIsBusy(threads: Int) {
        let team = ThreadTeam(count: threads), items = 3 * threads
        let left = Atomic(items - 1), isLate = Atomic(false), deadline = ContinuousClock.now + .seconds(30)
        team.run(items) { item, _ in
            guard item == items - 3 else {
                left.subtract(1, ordering: .sequentiallyConsistent)
                return
            }
            while left.load(ordering: .sequentiallyConsistent) > 0 {
                if ContinuousClock.now > deadline { return isLate.store(true, ordering: .sequentiallyConsistent) }
            }
        }
        let wasLate = isLate.load(ordering: .sequentiallyConsistent)
        #expect(!wasLate)
    }

    /// Shares are runs of items, as equal as they can be; only the last of a share has none after it.
    @Test(arguments: 1...5) func anItemIsFollowedByTheNextOfItsShare(threads: Int) {
        let team = ThreadTeam(count: threads)
        for items in 1...23 {
            let ends = (0..<items).filter { team.item(after: $0, of: items) == nil }
            let lasts = (1...threads).map { items * $0 / threads - 1 }.filter { $0 >= 0 }
            #expect(ends == lasts.reduce(into: []) { if $0.last != $1 { $0.append($1) } })
            for item in 0..<items where !ends.contains(item) { #expect(team.item(after: item, of: items) == item + 1) }
        }
    }
}
