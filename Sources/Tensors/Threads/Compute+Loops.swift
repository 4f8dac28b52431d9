extension Compute {
    /// Calls `body` once for every item in 0..<items, on the threads of the team and in no order; returns when all are
    /// done. An item's result must not depend on the thread that takes it.
    /// - Parameter items: fewer than 2^24.
    public func forEach(_ items: Int, _ body: (_ item: Int) -> Void) { team.run(items) { item, _ in body(item) } }
}
