/// Something that has happened to a job and that lasts: an image is stored, or the job has ended. Each is on disk, in
/// the transaction that makes it so, before anybody is told.
public struct JobOccurrence: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case image(ImageRecord)
        case ended
    }

    /// Its place among all occurrences of the store: a number above 0 that grows and is never used again, also not
    /// after a crash.
    public var sequence: Int64
    public var job: JobID
    public var kind: Kind

    package init(sequence: Int64, job: JobID, kind: Kind) {
        (self.sequence, self.job, self.kind) = (sequence, job, kind)
    }
}

/// Which occurrences to look up. Images that went with their job (it was cancelled, or failed) are not among them.
public struct OccurrenceQuery: Hashable, Sendable {
    /// Those after this one.
    public var after: Int64
    /// nil: of any job.
    public var job: JobID?
    /// The owner of the jobs; nil for everybody's.
    public var owner: String?
    /// Clamped to 1...1000.
    public var limit: Int

    public init(after: Int64, job: JobID? = nil, owner: String? = nil, limit: Int = 256) {
        (self.after, self.job, self.owner, self.limit) = (after, job, owner, min(max(1, limit), 1_000))
    }
}
