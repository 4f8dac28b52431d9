import Jobs

// Lists, page by page.
extension MemoryJobStore {
    func jobs(_ query: JobQuery) throws(JobStoreError) -> JobPage {
        let end = try query.cursor.map { text throws(JobStoreError) in try JobRules.ordinal(ofCursor: text) } ?? .max
        let limit = JobRules.jobsOfPage(limit: query.limit)
        return try read { state in
            let found = state.entries.indices.reversed().filter { index in
                let entry = state.entries[index]
                return entry.ordinal < end && query.admits(entry.job, entry.status)
            }
            let jobs = found.prefix(limit).map(state.job)
            let count = JobRules.jobsOfPage(listing: jobs.map(\.images.count), limit: limit)
            let last = count < found.count ? state.entries[found[count - 1]].ordinal : nil
            return JobPage(jobs: Array(jobs.prefix(count)), nextCursor: last.map(JobRules.cursor))
        }
    }

    func images(_ query: ImageQuery) throws(JobStoreError) -> ImagePage {
        let end = try query.cursor.map { text throws(JobStoreError) in try JobRules.place(ofCursor: text) }
        return try read { state in
            let all = state.entries.filter(query.admits).flatMap(\.listedImages)
            let found = all.filter { image in end.map { image.place < $0 } ?? true }.sorted { $0.place > $1.place }
            let last = found.count > query.limit ? found[query.limit - 1].place : nil
            return ImagePage(images: found.prefix(query.limit).map(\.image), nextCursor: last.map(JobRules.cursor))
        }
    }
}

extension ImageQuery {
    fileprivate func admits(_ entry: MemoryJobStore.Entry) -> Bool {
        (kind ?? entry.job.kind) == entry.job.kind && (model ?? entry.job.model.name) == entry.job.model.name
            && (owner ?? entry.job.owner) == entry.job.owner && labels.allSatisfy(entry.new.labels.contains)
    }
}

extension MemoryJobStore.Entry {
    fileprivate var listedImages: [(place: JobRules.ImagePlace, image: ListedImage)] {
        let origin = ListedImage.Origin(
            id: job.id, kind: job.kind, model: job.model, createdAt: job.createdAt, request: job.request)
        return images.filter { $0.byteCount > 0 }.map { record in
            (JobRules.ImagePlace(ordinal: ordinal, index: record.index), ListedImage(record: record, job: origin))
        }
    }
}
