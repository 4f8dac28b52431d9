import Jobs

extension MemoryJobStore {
    /// A job with all that is stored of it.
    struct Entry: Sendable {
        let ordinal: Int64
        /// As it is stored: `running` from the lease on, without images and position.
        var job: Job
        let new: NewJob
        var turn: Int64
        var hasBegun = false
        var lease: (token: String, end: Timestamp)?
        var fruitless: Int64 = 0
        var saved: [Int: SavedTrajectory] = [:]
        var finished: [Int: FinishedImage] = [:]
        /// Images that the list of occurrences does not have yet.
        var arrivals: [Int] = []
        var isEndTold = false

        var isLarge: Bool { new.work.isLarge }
        var unitsPerCall: Int64 { Int64(max(0, new.work.unitsPerCall)) }
        /// What is told of it.
        var status: JobStatus { JobRules.status(job.status, hasBegun: hasBegun) }
        var place: (turn: Int64, ordinal: Int64) { (turn, ordinal) }
        var images: [ImageRecord] {
            finished.sorted { $0.key < $1.key }.map { index, image in ImageRecord(image.output, index: index) }
        }
        var storedBytes: Int { finished.values.reduce(new.byteCount) { $0 + $1.output.bytes.count } }

        mutating func change(_ status: JobStatus? = nil) {
            job.status = status ?? job.status
            job.version = JobRules.version(after: job.version)
            if job.status != .running { (hasBegun, lease) = (false, nil) }
        }

        mutating func renew(at now: Timestamp) { lease?.end = JobRules.leaseEnd(from: now) }

        mutating func apply(_ usage: JobUsage) {
            fruitless = JobRules.fruitlessAttempts(
                fruitless, stepsBefore: job.usage.imageSteps, stepsNow: usage.imageSteps)
            if usage != job.usage { change() }
            job.apply(usage)
        }

        mutating func take(_ images: [Int: FinishedImage]) {
            arrivals += images.keys.sorted().filter { finished[$0] == nil }
            finished.merge(images) { known, _ in known }
            for index in images.keys { saved[index] = nil }
        }

        mutating func end(_ status: JobStatus, at now: Timestamp) {
            job.finishedAt = now
            change(status)
            saved = [:]
            if status != .succeeded { (finished, arrivals) = ([:], []) }
        }
    }
}
