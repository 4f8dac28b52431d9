import Jobs

// What has happened.
extension MemoryJobStore {
    func occurrences(_ query: OccurrenceQuery) throws(JobStoreError) -> [JobOccurrence] {
        try read { state in
            let own = Set(state.entries.lazy.filter { (query.owner ?? $0.job.owner) == $0.job.owner }.map(\.job.id))
            let found = state.occurrences.lazy.filter {
                $0.sequence > query.after && (query.job ?? $0.job) == $0.job && own.contains($0.job)
            }
            return Array(found.compactMap { state.occurrence($0.sequence, $0.job, $0.image) }.prefix(query.limit))
        }
    }

    func latestOccurrence() throws(JobStoreError) -> Int64 { try read(\.sequence) }
}

extension MemoryJobStore.State {
    fileprivate func occurrence(_ sequence: Int64, _ job: JobID, _ image: Int?) -> JobOccurrence? {
        guard let image else { return JobOccurrence(sequence: sequence, job: job, kind: .ended) }
        guard let output = entries.first(where: { $0.job.id == job })?.finished[image]?.output else { return nil }
        return JobOccurrence(sequence: sequence, job: job, kind: .image(ImageRecord(output, index: image)))
    }

    /// Takes note of what the transaction that ends has made happen.
    mutating func noteOccurrences() {
        for index in entries.indices {
            let job = entries[index].job
            var news: [Int?] = entries[index].arrivals
            entries[index].arrivals = []
            if job.status.isTerminal, !entries[index].isEndTold {
                if job.status != .succeeded { occurrences.removeAll { $0.job == job.id } }
                entries[index].isEndTold = true
                news.append(nil)
            }
            for image in news {
                sequence += 1
                occurrences.append((sequence, job.id, image))
            }
        }
    }
}
