import Synchronization

/// How the items of a loop are dealt out and taken.
extension ThreadTeam {
    /// The rest of a cache line beside one Int.
    private typealias Line = (Int, Int, Int, Int, Int, Int, Int)

    /// A thread's items, and the generation it has ended. In lines of their own.
    struct Share: ~Copyable {
        /// Bits that count items; the rest of `next` is the generation.
        fileprivate static let itemBits = 24
        /// Items a loop must have fewer of.
        static let most = 1 << itemBits

        /// A generation, and the item to take next in it; of an earlier generation where none has been taken.
        let next = Atomic<Int>(0)
        private let padding: Line = (0, 0, 0, 0, 0, 0, 0)
        let ended = Atomic<Int>(0)
        private let rest: Line = (0, 0, 0, 0, 0, 0, 0)
    }

    /// Where the items of thread `index` begin; those of the one before end there.
    private func start(_ index: Int, of items: Int) -> Int { items * index / count }

    /// The item that the thread of `item` will probably take next in a loop of `items`, or nil if that was the last of
    /// its share.
    func item(after item: Int, of items: Int) -> Int? {
        let owner = ((item + 1) * count - 1) / items
        return item + 1 < items * (owner + 1) / count ? item + 1 : nil
    }

    /// Takes a thread's own items, then others'. Where nobody has more than one, a look at theirs would cost more than
    /// it brings.
    func take(_ items: Int, _ generation: Int, thread: Int, _ body: Body) {
        while let item = next(of: thread, items, generation) { body(item, thread) }
        if items > count { takeFromOthers(items, generation, thread: thread, body) }
    }

    func takeFromOthers(_ items: Int, _ generation: Int, thread: Int, _ body: Body) {
        for offset in 1..<count {
            while let item = next(of: (thread + offset) % count, items, generation) { body(item, thread) }
        }
    }

    /// Takes the next item of a thread's share.
    private func next(of owner: Int, _ items: Int, _ generation: Int) -> Int? {
        let end = start(owner + 1, of: items), mask = Share.most - 1
        var seen = unsafe shares[owner].next.load(ordering: .relaxed)
        while true {
            let item = seen >> Share.itemBits == generation ? seen & mask : start(owner, of: items)
            if item >= end { return nil }
            let (exchanged, now) = unsafe shares[owner].next.compareExchange(
                expected: seen, desired: generation << Share.itemBits | (item + 1), ordering: .relaxed)
            if exchanged { return item }
            seen = now
        }
    }
}
