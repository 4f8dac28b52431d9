// What a store has by itself, whatever it is made of.
extension JobStore {
    /// Gives up to `limit` places to jobs of either kind.
    package func lease(limit: Int, models: Set<String>? = nil) throws(JobStoreError) -> [JobLease] {
        try lease(LeasePlaces(small: limit, large: limit, models: models))
    }

    package func input(digest: String) throws(JobStoreError) -> JobInput? { try input(digest: digest, owner: nil) }

    /// For where nobody has a name, and a job may be whatever it is.
    package func cancel(_ id: JobID, usage: JobUsage?, by actor: String = "") throws(JobStoreError) -> Job {
        try cancel(id, usage: usage, by: actor, ifStored: nil)
    }

    package func delete(_ id: JobID, by actor: String = "") throws(JobStoreError) {
        try delete(id, by: actor, ifStored: nil)
    }

    package func pin(_ id: JobID, _ isPinned: Bool, by actor: String = "") throws(JobStoreError) -> Job {
        try pin(id, isPinned, by: actor, ifStored: nil)
    }

    /// For a store that reads them one by one.
    public func images(_ indices: Range<Int>, of id: JobID) throws(JobStoreError) -> [StoredImage] {
        var images: [StoredImage] = []
        for index in indices {
            do throws(JobStoreError) {
                images.append(try image(index, of: id))
            } catch {
                if case .imageNotFound = error { continue }
                throw error
            }
        }
        return images
    }

    /// For a store that one process has alone.
    public func announce(_ worker: WorkerRecord) throws(JobStoreError) {}
    public func workers() throws(JobStoreError) -> [WorkerRecord]? { nil }

    /// For a store that does not know its revision: always as it is now.
    public func outstandingQueue(since known: StoreRevision?) throws(JobStoreError) -> OutstandingQueue? {
        OutstandingQueue(try outstandingWork(), revision: nil)
    }
}
