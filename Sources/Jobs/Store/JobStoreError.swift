/// Why the store refused. Nothing was changed when one of these is thrown.
public enum JobStoreError: Error, Hashable, Sendable {
    /// As many jobs are queued as the queue may hold.
    case queueFull(limit: Int, queued: Int)
    /// The job is more than its owner may have now.
    case overQuota(QuotaRefusal)
    /// The idempotency key has been used for another request, which made `job`.
    case idempotencyConflict(job: JobID)
    case notFound(JobID)
    /// The job was removed.
    case gone(JobID, why: RemovalReason, at: Timestamp)
    case imageNotFound(job: JobID, index: Int, status: JobStatus)
    /// Only ended jobs can be removed.
    case notTerminal(JobID, status: JobStatus)
    /// The job is not what it was expected to be.
    case changed(JobID, status: JobStatus)
    case leaseLost(JobID)
    /// A job cannot succeed without all its images.
    case incomplete(JobID, expectedImages: Int, got: Int)
    /// A row of the file has been changed by something else and tells no job any more.
    case damagedRow(DamagedRow)
    case invalidCursor(String)
    /// No space left.
    case storeFull(String)
    /// The disk or the file does not answer as it should.
    case storeUnavailable(String)
    /// The store's files are not those that were opened any more: what is written would be lost, or met by another
    /// process.
    case storeReplaced(path: String, reason: String)
    /// Another process has the file.
    case storeInUse(path: String, holder: String)
    /// The file cannot be used at all: wrong place, no permission, made by a newer version.
    case unusableStore(path: String, reason: String)
}

/// Why a job is gone.
public enum RemovalReason: String, Sendable {
    /// Somebody asked for it.
    case deleted
    /// The retention policy.
    case expired
}

extension JobStoreError {
    /// Whether the same call may succeed later without anybody changing it.
    public var isPassing: Bool {
        switch self {
        case .storeFull, .storeUnavailable, .storeReplaced: true
        default: false
        }
    }
}

extension JobStoreError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .queueFull(let limit, let queued): "the queue is full: \(queued) jobs are queued, the limit is \(limit)"
        case .overQuota(let refusal):
            """
            \(refusal.owner) asks for \(refusal.asked) of the quota of \(refusal.limit) \(refusal.dimension.rawValue), \
            of which \(refusal.remaining) are left
            """
        case .idempotencyConflict(let job): "the idempotency key was used for another request, which made job \(job)"
        case .notFound(let id): "there is no job \(id)"
        case .gone(let id, let why, let at): "job \(id) was \(why == .deleted ? "deleted" : "expired") at \(at.rfc3339)"
        case .imageNotFound(let job, let index, let status): "job \(job) (\(status.rawValue)) has no image \(index)"
        case .notTerminal(let id, let status):
            "job \(id) is \(status.rawValue): only jobs that have ended can be deleted"
        case .changed(let id, let status): "job \(id) is \(status.rawValue), and not what it was expected to be"
        case .leaseLost(let id): "the lease of job \(id) is gone"
        case .incomplete(let id, let expected, let got): "job \(id) has \(got) of its \(expected) images"
        case .damagedRow(let row): "\(row)"
        case .invalidCursor(let text): "'\(text)' is no cursor of a job list"
        case .storeFull(let detail): "the job store is full: \(detail)"
        case .storeUnavailable(let detail): "the job store does not work: \(detail)"
        case .storeReplaced(let path, let reason):
            "the job store is not in its place any more: \(reason) (\(path)); put it back, or start the service again"
        case .storeInUse(let path, let holder): "the job store \(path) is in use by \(holder)"
        case .unusableStore(let path, let reason): "the job store \(path) cannot be used: \(reason)"
        }
    }
}
