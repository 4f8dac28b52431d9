import Locking

// What jobs are and have made, with what running ones have done since their last save.
extension JobBoard {
    /// Whether somebody may know of a job at all.
    /// - Parameter owner: whose jobs that one sees; nil: everybody's.
    /// - Throws: `notFound` for a job of another owner, also if it is gone; `storeUnavailable`.
    public func require(_ id: JobID, owner: String?) throws(JobStoreError) {
        guard let owner else { return }
        guard try store.owner(of: id) == owner else { throw .notFound(id) }
    }

    /// - Throws: `notFound`, `gone`, `storeUnavailable`.
    public func job(_ id: JobID) throws(JobStoreError) -> Job { try look(id).job }

    /// - Returns: the job, and the version that the store has of it.
    func look(_ id: JobID) throws(JobStoreError) -> (job: Job, stored: JobVersion) {
        // Looked up before the store: it is put away only after the stored end, so what is missing here is over or
        // saved there.
        let live = self.live.withLock { $0[id] }
        let stored = try store.job(id)
        return (overlay(stored, live), stored.version)
    }

    /// - Throws: `invalidCursor`, `storeUnavailable`.
    public func jobs(_ query: JobQuery) throws(JobStoreError) -> JobPage {
        let live = self.live.withLock { $0 }
        var page = try store.jobs(query)
        page.jobs = page.jobs.map { overlay($0, live[$0.id]) }
        return page
    }

    private func overlay(_ stored: Job, _ live: LiveJob?) -> Job {
        guard let live, !live.isPart, stored.status == .running, stored.version > live.leased else { return stored }
        var job = stored
        job.apply(live.usage)
        job.version = live.base ?? base(stored)
        job.version.number &+= live.changes
        return job
    }

    /// The version that the progress of a running job is counted from: that of the first look at it.
    private func base(_ stored: Job) -> JobVersion {
        live.withLock { live in
            // Ended meanwhile, or leased anew: this look is over.
            guard var known = live[stored.id], stored.version > known.leased else { return stored.version }
            let base = known.base ?? stored.version
            known.base = base
            live[stored.id] = known
            return base
        }
    }

    /// One image of a job: of one that is not done yet, if the image is stored already.
    /// - Throws: `notFound`, `gone`, `imageNotFound`, `storeUnavailable`.
    public func image(_ index: Int, of id: JobID) throws(JobStoreError) -> StoredImage {
        try store.image(index, of: id)
    }

    /// Those of some indices, in their order; what is not there is left out.
    /// - Throws: `notFound`, `gone`, `storeUnavailable`.
    public func images(_ indices: Range<Int>, of id: JobID) throws(JobStoreError) -> [StoredImage] {
        try store.images(indices, of: id)
    }

    /// The images of all jobs, page by page.
    /// - Throws: `invalidCursor`, `storeUnavailable`.
    public func images(_ query: ImageQuery) throws(JobStoreError) -> ImagePage { try store.images(query) }

    /// What has happened, in the order of its happening; fewer than `query.limit` are all that there were.
    /// - Throws: `storeUnavailable`.
    public func occurrences(_ query: OccurrenceQuery) throws(JobStoreError) -> [JobOccurrence] {
        try store.occurrences(query)
    }

    /// The sequence of the latest occurrence there has been; 0 before the first.
    /// - Throws: `storeUnavailable`.
    public func latestOccurrence() throws(JobStoreError) -> Int64 { try store.latestOccurrence() }

    /// The input of this digest; nil if no job has it any more.
    /// - Throws: `storeUnavailable`.
    /// - Parameter owner: whose jobs are looked at; nil: everybody's.
    public func input(digest: String, owner: String? = nil) throws(JobStoreError) -> JobInput? {
        try store.input(digest: digest, owner: owner)
    }

    /// How many jobs there are of each status.
    /// - Throws: `storeUnavailable`.
    public func counts() throws(JobStoreError) -> JobCounts { try store.counts() }
}
