import Jobs

extension SQLiteJobStore {
    public struct Configuration: Sendable {
        /// How long to wait for another process to let go of the file.
        public var lockPatience: Duration = .seconds(2)
        /// New jobs are refused when less space than this is free, so that running ones can still be finished; nil: 16
        /// MiB or 5 % of the file system, whichever is less.
        public var reservedBytes: Int64?
        public var clock: @Sendable () -> Timestamp = { .now }
        /// Told of each damaged row, once: what reads many rows passes over it.
        public var onDamage: (@Sendable (DamagedRow) -> Void)?
        /// Told how long each writing transaction took, its fsync included.
        public var onCommit: (@Sendable (Duration) -> Void)?

        /// Whether a store into which another is being copied may be opened, to go on with it.
        var isCopy = false
        /// For tests: the most pages that the file may have.
        package var maximumPages: Int?
        /// For tests: called at the end of each writing transaction; what it throws makes the commit fail.
        package var beforeCommit: (@Sendable () throws -> Void)?
        /// For tests: told of each statement that is run.
        package var onStatement: (@Sendable (String) -> Void)?

        public init() {}
    }
}
