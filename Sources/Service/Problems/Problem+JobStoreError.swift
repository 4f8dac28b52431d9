import Jobs

extension Problem {
    /// What a client is told of a refusal of the store. Statements and paths stay in the log.
    init(_ error: JobStoreError) {
        switch error {
        case .queueFull(let limit, _):
            self.init(.queueFull, "All \(limit) places of the queue are taken.")
        case .overQuota(let refusal): self.init(refusal)
        case .idempotencyConflict(let job):
            self.init(
                .keyReused, "This Idempotency-Key came before with another body, which made job \(job).",
                extensions: ["job": .string(JobPath.job(job))])
        case .notFound(let id): self.init(.notFound, "There is no job \(id).")
        case .gone(let id, let why, let at):
            self.init(.gone, "Job \(id) \(why == .deleted ? "was deleted" : "expired") at \(at.rfc3339).")
        case .imageNotFound(let job, let index, let status):
            self.init(.notFound, "Job \(job) has no image \(index); it is \(status.rawValue).")
        case .notTerminal(let id, let status):
            self.init(.conflict, "Job \(id) is \(status.rawValue); cancel it first, or wait until it has ended.")
        case .changed(let id, let status):
            self.init(
                .preconditionFailed,
                "Job \(id) is \(status.rawValue), and not what If-Match says it is any more; nothing was done to it.")
        case .invalidCursor:
            self.init(
                .unreadable, "The query has parameters that cannot be used.",
                errors: [.init(pointer: "?cursor", detail: "expected the next_cursor of an earlier page")])
        case .damagedRow:
            self.init(.internalError, "The store's record of this job is damaged; the log says what is wrong with it.")
        case .storeFull:
            self.init(.storeFull, "The store has no room for this; nothing that was accepted before is lost.")
        case .storeReplaced:
            self.init(
                .unavailable,
                "The store's file was removed, replaced or linked under the running service: nothing can be kept.",
                fields: [.retryAfter: "5"])
        case .storeUnavailable, .storeInUse, .unusableStore, .leaseLost, .incomplete:
            self.init(.unavailable, "The store does not answer; try again.", fields: [.retryAfter: "5"])
        }
    }
}
