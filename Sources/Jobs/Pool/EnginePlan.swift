/// A job's request, understood: what the pool has to know of it to make up batches.
public protocol EnginePlan: Sendable {
    /// Trajectories with equal keys may share a batch.
    associatedtype BatchKey: Hashable & Sendable

    var batchKey: BatchKey { get }

    /// Rows of the network's batch that one step of one image takes at most: 2 with guidance.
    var rows: Int { get }

    /// Rows that gain by being stepped together: no batch of this plan's key has more, but for a single image that
    /// needs them.
    var rowsTogether: Int { get }

    /// Whether one step of one image takes so long that jobs of which this is not so must not wait for it.
    var isLarge: Bool { get }
}

extension EnginePlan {
    public var rowsTogether: Int { .max }
    public var isLarge: Bool { false }
}
