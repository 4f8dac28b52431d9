/// What a store takes, in bytes.
public struct StoreFootprint: Hashable, Sendable {
    /// The database without its log.
    public var database: Int64
    /// The write-ahead log.
    public var log: Int64
    /// What is free where the store lies.
    public var free: Int64

    package init(database: Int64, log: Int64, free: Int64) {
        (self.database, self.log, self.free) = (database, log, free)
    }
}

extension JobStore {
    /// For a store that lies nowhere, or elsewhere.
    public func footprint() -> StoreFootprint? { nil }
}
