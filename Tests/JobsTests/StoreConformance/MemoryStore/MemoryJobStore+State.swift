import Jobs

extension MemoryJobStore {
    /// All that there is, at one moment.
    struct State: Sendable {
        /// In the order of acceptance.
        var entries: [Entry] = []
        var ordinal: Int64 = 0
        var occurrences: [(sequence: Int64, job: JobID, image: Int?)] = []
        var sequence: Int64 = 0
        var tombstones: [JobID: (why: RemovalReason, at: Timestamp, owner: String)] = [:]
        var accounts: [String: OwnerAccount] = [:]
        private(set) var audit: [AuditEntry] = []

        func index(_ id: JobID) throws(JobStoreError) -> Int {
            if let index = entries.firstIndex(where: { $0.job.id == id }) { return index }
            if let stone = tombstones[id] { throw .gone(id, why: stone.why, at: stone.at) }
            throw .notFound(id)
        }

        /// - Throws: `leaseLost`.
        func index(_ lease: JobLease) throws(JobStoreError) -> Int {
            let held = entries.firstIndex { $0.job.id == lease.job.id && $0.lease?.token == lease.token }
            guard let held else { throw .leaseLost(lease.job.id) }
            return held
        }

        /// The job as it is told.
        func job(_ index: Int) -> Job {
            let entry = entries[index]
            var job = entry.job
            (job.status, job.images) = (entry.status, entry.images)
            guard job.status == .queued else { return job }
            job.queuePosition = entries.count {
                $0.status == .queued && $0.isLarge == entry.isLarge && $0.place <= entry.place
            }
            return job
        }

        mutating func record(_ act: AuditEntry.Act, _ index: Int, at now: Timestamp) {
            let entry = entries[index], recipe = AuditEntry.Event.recipe(entry.new.run)
            record(AuditEntry.Event(act, job: entry.job.id, owner: entry.job.owner, recipe: recipe), at: now)
        }

        mutating func record(_ event: AuditEntry.Event, at now: Timestamp) {
            audit.append(AuditEntry(event, at: now, after: audit.last.map { ($0.sequence, $0.digest) }))
        }
    }
}
