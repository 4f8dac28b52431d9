// How the store itself is.
extension JobBoard {
    /// Ends that are still to be told; nil where the store keeps none.
    public var outbox: (any JobOutbox)? { store.outbox }

    /// What the store takes; nil where that cannot be told.
    public func footprint() -> StoreFootprint? { store.footprint() }

    /// The audit log: entries after the one of this sequence, in order.
    /// - Throws: `storeUnavailable`.
    public func audit(after sequence: Int64, limit: Int) throws(JobStoreError) -> [AuditEntry] {
        try store.audit(after: sequence, limit: limit)
    }

    /// Whether a job could be accepted now, found out by writing.
    /// - Throws: `storeFull`, `storeUnavailable`, `storeReplaced`: why not.
    public func checkWritable() throws(JobStoreError) { try store.checkWritable() }
}
