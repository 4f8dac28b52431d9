/// Deadlines of many connections, the earliest first. An entry is a hint to look at the connection then: deadlines move
/// all the time, and it is cheaper to find out late that one has moved than to keep the heap exact.
struct TimerHeap {
    typealias Instant = ContinuousClock.Instant

    private var entries: [(instant: Instant, token: UInt64)] = []

    var earliest: Instant? { entries.first?.instant }

    mutating func insert(_ instant: Instant, token: UInt64) {
        entries.append((instant, token))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].instant < entries[parent].instant else { break }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// The earliest entry if it is due.
    mutating func popDue(at now: Instant) -> (instant: Instant, token: UInt64)? {
        guard let first = entries.first, first.instant <= now else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            sink()
        }
        return first
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
                if entries[child].instant < entries[smallest].instant { smallest = child }
            }
            guard smallest != parent else { return }
            entries.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
