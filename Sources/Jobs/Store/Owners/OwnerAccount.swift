/// What a store keeps of an owner of jobs: what was asked for of late, and how far its turns have come. It is read and
/// written in the transaction that accepts a job, so that it survives what the job survives.
public struct OwnerAccount: Hashable, Sendable {
    /// When the bucket of jobs is full again, in microseconds since 1970: its whole state.
    public var bucketFullAt: Int64 = 0
    /// The day of UTC, counted from 1970, that `images` and `steps` are of.
    public var day: Int64 = 0
    public var images: Int64 = 0
    public var steps: Int64 = 0
    /// Where the turn of the next job begins, of those of small steps and of those of large ones; see `FairTurns`.
    public var smallTurn: Int64 = 0
    public var largeTurn: Int64 = 0

    package init() {}

    // MARK: Quotas

    private static let bucketMicroseconds: Int64 = 60_000_000
    private static let dayMilliseconds: Int64 = 86_400_000

    /// Counts an accepted job.
    /// - Parameters:
    ///   - queued: the owner's jobs that wait already.
    ///   - now: the present moment; a clock that was set back gives nobody more than a full limit, and takes no more.
    /// - Returns: the limits as they stand then.
    /// - Throws: `overQuota`; nothing is counted then.
    package mutating func charge(
        _ work: PlannedWork, _ quota: JobQuota, of owner: String, queued: Int, at now: Timestamp
    ) throws(JobStoreError) -> [QuotaStanding] {
        renew(at: now)
        if let refusal = refusal(of: work, quota, of: owner, queued: queued, at: now) { throw .overQuota(refusal) }
        if let limit = quota.jobsPerMinute {
            bucketFullAt = max(bucketFullAt, Self.microseconds(now)) + Self.interval(limit)
        }
        images = min(images + Self.amount(of: work, .images), 1 << 60)
        steps = min(steps + Self.amount(of: work, .steps), 1 << 60)
        return standings(quota, queued: queued + 1, at: now)
    }

    /// Of several limits that a job is beyond the one that keeps it out longest: one that it never fits, or whose time
    /// is told last, so that whoever comes again then is not refused for another.
    private func refusal(
        of work: PlannedWork, _ quota: JobQuota, of owner: String, queued: Int, at now: Timestamp
    ) -> QuotaRefusal? {
        var longest: QuotaRefusal?
        for dimension in JobQuota.Dimension.allCases {
            guard let limit = quota[dimension] else { continue }
            let (asked, left) = (Self.amount(of: work, dimension), remaining(dimension, limit, queued, now))
            guard asked > left else { continue }
            let refusal = QuotaRefusal(
                owner: owner, dimension: dimension, limit: limit, asked: Int(clamping: asked),
                remaining: Int(clamping: left),
                secondsToWait: asked > Int64(limit) ? nil : secondsToMore(dimension, limit, now).map { max(1, $0) },
                standings: standings(quota, queued: queued, at: now))
            if refusal.isForEver { return refusal }
            if longest.map({ $0.secondsToWait ?? 0 < refusal.secondsToWait ?? 0 }) ?? true { longest = refusal }
        }
        return longest
    }

    /// All limits as they stand.
    package func standings(_ quota: JobQuota, queued: Int, at now: Timestamp) -> [QuotaStanding] {
        var account = self
        account.renew(at: now)
        return JobQuota.Dimension.allCases.compactMap { dimension in
            guard let limit = quota[dimension] else { return nil }
            return QuotaStanding(
                dimension, limit: limit, remaining: Int(clamping: account.remaining(dimension, limit, queued, now)),
                secondsToMore: account.secondsToMore(dimension, limit, now))
        }
    }

    private mutating func renew(at now: Timestamp) {
        let today = now.milliseconds / Self.dayMilliseconds
        if day != today { (day, images, steps) = (today, 0, 0) }
        (images, steps) = (min(max(0, images), 1 << 60), min(max(0, steps), 1 << 60))
        bucketFullAt = min(max(0, bucketFullAt), Self.microseconds(now) + Self.bucketMicroseconds)
    }

    private func remaining(_ dimension: JobQuota.Dimension, _ limit: Int, _ queued: Int, _ now: Timestamp) -> Int64 {
        switch dimension {
        case .jobs: return min(Int64(limit), max(0, bucketMicroseconds(now) / Self.interval(limit)))
        case .queued: return max(0, Int64(limit) - Int64(queued))
        case .images: return max(0, Int64(limit) - images)
        case .steps: return max(0, Int64(limit) - steps)
        }
    }

    /// What the bucket has gained of the microseconds that fill it.
    private func bucketMicroseconds(_ now: Timestamp) -> Int64 {
        let now = Self.microseconds(now)
        return now + Self.bucketMicroseconds - max(bucketFullAt, now)
    }

    private func secondsToMore(_ dimension: JobQuota.Dimension, _ limit: Int, _ now: Timestamp) -> Int? {
        switch dimension {
        case .jobs:
            let gained = bucketMicroseconds(now), interval = Self.interval(limit)
            let next = (gained / interval + 1) * interval
            return next > Int64(limit) * interval ? nil : Int(Self.ceiling(next - gained, 1_000_000))
        case .queued: return nil
        case .images, .steps: return Int(Self.secondsToMidnight(now))
        }
    }

    /// What a job takes of a limit.
    private static func amount(of work: PlannedWork, _ dimension: JobQuota.Dimension) -> Int64 {
        switch dimension {
        case .jobs, .queued: return 1
        case .images: return Int64(max(0, work.images))
        case .steps:
            let (product, overflow) = Int64(max(0, work.images)).multipliedReportingOverflow(
                by: Int64(max(0, work.steps)))
            return overflow ? 1 << 60 : min(product, 1 << 60)
        }
    }

    /// Microseconds in which the bucket gains one job.
    private static func interval(_ limit: Int) -> Int64 { max(1, bucketMicroseconds / Int64(max(1, limit))) }

    private static func microseconds(_ time: Timestamp) -> Int64 {
        min(max(0, time.milliseconds), Timestamp.last) * 1_000
    }

    private static func secondsToMidnight(_ now: Timestamp) -> Int64 {
        ceiling(dayMilliseconds - max(0, now.milliseconds) % dayMilliseconds, 1_000)
    }

    private static func ceiling(_ value: Int64, _ unit: Int64) -> Int64 { (value + unit - 1) / unit }
}
