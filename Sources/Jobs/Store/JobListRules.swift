// The rules of lists: what a page holds, where the next one begins, and the places in the queue.
extension JobRules {
    /// Images that a page lists at most, unless its first job alone has more: a job may have thousands.
    package static let imagesOfPage = 4096

    /// Jobs that a page holds at most, of those that `JobQuery.limit` asks for.
    package static func jobsOfPage(limit: Int) -> Int { min(max(limit, 1), 1000) }

    /// Images that a job lists: those of an end that is no success have gone.
    /// - Parameters:
    ///   - status: nil of a row that nobody can read.
    ///   - images: that it was asked for.
    ///   - done: that it has.
    package static func imagesListed(_ status: JobStatus?, images: Int64, done: Int64) -> Int {
        switch status {
        case .succeeded: Int(images)
        case .queued, .running: Int(done)
        case .failed, .cancelled, nil: 0
        }
    }

    /// How many of the jobs found make a page.
    /// - Parameter images: how many images each lists, in order.
    package static func jobsOfPage(listing images: some Collection<Int>, limit: Int) -> Int {
        var listed = 0
        for (place, count) in images.prefix(limit).enumerated() {
            listed += min(max(count, 0), imagesOfPage + 1)
            if listed > imagesOfPage { return max(1, place) }
        }
        return min(limit, images.count)
    }

    /// The cursor of a page that ends with the job that was accepted as the `ordinal`th: that neither changes nor is
    /// used again.
    package static func cursor(_ ordinal: Int64) -> String { "o" + String(ordinal, radix: 36) }

    /// The order of acceptance of the last job of the page before.
    /// - Throws: `invalidCursor` for what `cursor(_:)` never gives.
    package static func ordinal(ofCursor cursor: String) throws(JobStoreError) -> Int64 {
        guard cursor.hasPrefix("o"), let ordinal = Int64(cursor.dropFirst(), radix: 36), ordinal > 0 else {
            throw .invalidCursor(cursor)
        }
        return ordinal
    }

    /// Numbers the jobs that wait, large ones and others each by themselves.
    package struct QueuePositions {
        private var counts = [false: 0, true: 0]

        package init() {}

        /// The position of the next job that waits, in the order of turns.
        package mutating func next(isLarge: Bool) -> Int {
            counts[isLarge, default: 0] += 1
            return counts[isLarge, default: 0]
        }
    }
}

extension JobQuery {
    /// Whether the list has the job, but for the cursor.
    /// - Parameter status: what the job says of itself.
    package func admits(_ job: Job, _ status: JobStatus) -> Bool {
        (self.status ?? status) == status && (kind ?? job.kind) == job.kind
            && (model ?? job.model.name) == job.model.name && (owner ?? job.owner) == job.owner
    }
}
