/// How many jobs may be leased, and which: large ones, whose steps take long, have places of their own.
public struct LeasePlaces: Hashable, Sendable {
    public var small: Int
    public var large: Int
    /// Names of the models whose jobs may be leased; nil: of any. Whoever shares a queue with other processes takes
    /// jobs of the models that it has; whoever has it alone takes all, so that jobs of a model that is gone fail by
    /// name instead of waiting for ever.
    public var models: Set<String>?
    /// Owners whose jobs are passed over.
    public var without: Set<String>
    /// The weights, where processes of one queue may have others under the same name; nil: of any weights.
    public var weights: Set<ModelReference>?
    /// Only jobs of this `NewJob.arithmetic`, or of none, where processes of several versions share a queue; nil: any.
    public var arithmetic: String?
    /// Rows of the network's batches that the process evaluates at the same time, for small and for large jobs: larger
    /// jobs are shared with other processes in parts. Nil: jobs are taken whole.
    public var rowsTogether: RowsTogether?

    public struct RowsTogether: Hashable, Sendable {
        public var small: Int
        public var large: Int

        public init(small: Int, large: Int) { (self.small, self.large) = (small, large) }
    }

    public init(small: Int, large: Int, models: Set<String>? = nil, without: Set<String> = []) {
        self.small = max(0, small)
        self.large = max(0, large)
        self.models = models
        self.without = without
    }

    package var isEmpty: Bool { small == 0 && large == 0 }
}
