/// The rules about jobs that every store keeps, whatever it is made of.
package enum JobRules {
    // MARK: Status and versions

    /// What a job says of itself: one that has a place but of which nothing has been computed under its lease is still
    /// queued.
    package static func status(_ stored: JobStatus, hasBegun: Bool) -> JobStatus {
        stored == .running && !hasBegun ? .queued : stored
    }

    /// The version after a stored change: the first of the next block. See `JobVersion`.
    package static func version(after version: JobVersion) -> JobVersion {
        JobVersion(number: (version.stored &+ 1) << 32)
    }

    // MARK: Leases

    /// How long a lease lasts unless it is renewed. A job whose owner has died waits so long at most before another
    /// takes it.
    package static let leaseDuration = Duration.seconds(60)

    /// How often owners renew: two renewals may fail before a lease ends.
    package static let renewalInterval = Duration.seconds(20)

    /// When a lease ends that is given or renewed now.
    package static func leaseEnd(from now: Timestamp) -> Timestamp {
        Timestamp(milliseconds: now.milliseconds &+ leaseDuration.components.seconds * 1_000)
    }

    // MARK: Turns

    /// Whether a job that is cancelled gives its turn back: nobody has had it, but for those who gave it back in good
    /// order before anything of it was computed.
    package static func givesTurnBack(_ job: Job) -> Bool { job.attempt == 0 && job.timing.networkCalls == 0 }

    // MARK: Ages

    /// So many days, to be taken from any real time: half the range at most.
    package static func milliseconds(days: Int) -> Int64 {
        let (product, overflow) = Int64(clamping: days).multipliedReportingOverflow(by: 86_400_000)
        return overflow ? Int64.max / 2 : min(product, Int64.max / 2)
    }

    /// Days after its job's end at which a delivery goes, whoever was to make it: its sender gives up before.
    package static let deliveryDays = 31

    // MARK: Attempts

    /// The most that is counted: far beyond any run, and a million of such numbers can be added up.
    package static let mostCounted: Int64 = 1 << 40

    /// A count of attempts, total or fruitless, after one has been started.
    package static func attempts(afterStart attempts: Int64) -> Int64 { min(max(attempts, 0), mostCounted) + 1 }

    /// A count of attempts after the present one has been given back in good order, as if it had not been started.
    package static func attempts(afterRelease attempts: Int64) -> Int64 { max(min(attempts, mostCounted) - 1, 0) }

    /// The count of fruitless attempts after a save: progress clears it, so that only a job that gets nowhere is given
    /// up.
    package static func fruitlessAttempts(_ attempts: Int64, stepsBefore: Int64, stepsNow: Int64) -> Int64 {
        stepsNow > stepsBefore ? 0 : attempts
    }

    /// `Job.resumedFromStep` of an attempt.
    /// - Parameters:
    ///   - saved: steps of each image with saved progress.
    ///   - finished: images that are finished.
    ///   - steps: steps of a whole image.
    /// - Returns: the mean over the images, rounded down; nil when there is nothing to go on from.
    package static func resumedFromStep(saved: some Collection<Int>, finished: Int, steps: Int, images: Int) -> Int? {
        guard !saved.isEmpty || finished > 0 else { return nil }
        let most = Int(mostCounted)
        let done = saved.reduce(0) { min($0 + min($1, most), 1 << 60) } + min(finished, 1 << 20) * min(steps, most)
        return done / max(images, 1)
    }

    // MARK: Accepting and ending

    /// - Throws: `queueFull` when no job may be added.
    package static func admit(queued: Int, limit: Int) throws(JobStoreError) {
        guard queued < limit else { throw .queueFull(limit: limit, queued: queued) }
    }

    /// - Throws: `idempotencyConflict` when the key made `job` from another request, whose digest was `digest`.
    package static func check(_ key: IdempotencyKey, against digest: String, of job: JobID) throws(JobStoreError) {
        guard key.digest == digest else { throw .idempotencyConflict(job: job) }
    }

    /// To be called of a job that is about to be changed, within the transaction of the change.
    /// - Parameter stored: the changes that whoever asks for this one has seen; nil: any.
    /// - Throws: `changed` when there have been others.
    package static func check(_ job: Job, isStillAt stored: Int64?) throws(JobStoreError) {
        guard let stored, stored != job.version.stored else { return }
        throw .changed(job.id, status: job.status)
    }

    /// - Throws: `incomplete` unless the images are all that the job has to make.
    package static func checkComplete(_ images: [Int], of job: JobID, expected: Int) throws(JobStoreError) {
        guard images.count == expected, images.elementsEqual(0..<expected) else {
            throw .incomplete(job, expectedImages: expected, got: images.count)
        }
    }
}
