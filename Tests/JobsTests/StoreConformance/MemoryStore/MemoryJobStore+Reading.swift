import Jobs

// What the store tells.
extension MemoryJobStore {
    func job(_ id: JobID) throws(JobStoreError) -> Job {
        try read { state throws(JobStoreError) in state.job(try state.index(id)) }
    }

    func owner(of id: JobID) throws(JobStoreError) -> String {
        try read { state throws(JobStoreError) in
            let owner = state.entries.first { $0.job.id == id }?.job.owner ?? state.tombstones[id]?.owner
            guard let owner else { throw .notFound(id) }
            return owner
        }
    }

    func image(_ index: Int, of id: JobID) throws(JobStoreError) -> StoredImage {
        try read { state throws(JobStoreError) in
            let entry = state.entries[try state.index(id)]
            guard let image = entry.finished[index] else {
                throw .imageNotFound(job: id, index: index, status: entry.status)
            }
            return StoredImage(
                record: ImageRecord(image.output, index: index), model: entry.job.model.name, bytes: image.output.bytes)
        }
    }

    func input(digest: String, owner: String?) throws(JobStoreError) -> JobInput? {
        try read { state in
            state.entries.lazy.filter { (owner ?? $0.job.owner) == $0.job.owner }.flatMap(\.new.inputs)
                .first { $0.digest == digest }
        }
    }

    func audit(after sequence: Int64, limit: Int) throws(JobStoreError) -> [AuditEntry] {
        try read { state in Array(state.audit.drop { $0.sequence <= sequence }.prefix(max(1, limit))) }
    }

    func counts() throws(JobStoreError) -> JobCounts {
        try read { state in JobCounts(byStatus: Dictionary(grouping: state.entries, by: \.status).mapValues(\.count)) }
    }

    func outstandingWork() throws(JobStoreError) -> [OutstandingWork] {
        try read { state in
            state.inTurn.map { state.entries[$0] }.filter { !$0.job.status.isTerminal }.map(\.outstandingWork)
        }
    }

    func measuredRates() throws(JobStoreError) -> [String: MeasuredSpeed] {
        try read { state in
            let measured = state.entries.filter { $0.status == .succeeded && $0.job.usage.networkCalls > 0 }
            return Dictionary(grouping: measured.suffix(100), by: \.job.model.name).compactMapValues(\.speed)
        }
    }
}

extension MemoryJobStore.Entry {
    fileprivate var outstandingWork: OutstandingWork {
        var work = OutstandingWork(
            id: job.id, model: job.model.name, isRunning: job.status == .running, plannedCalls: Int64(new.work.calls),
            unitsPerCall: unitsPerCall)
        work.callsDone = job.timing.networkCalls
        (work.owner, work.isLarge) = (job.owner, isLarge)
        (work.images, work.imagesDone) = (new.work.images, job.progress.imagesDone)
        (work.stepsPerImage, work.stepsDone) = (Int64(new.work.steps), job.timing.imageSteps)
        return work
    }
}
