/// What one owner may ask for; nil is without end.
public struct JobQuota: Hashable, Sendable {
    /// Jobs of a minute: so many at once, and then one whenever a minute's share of it has passed (a token bucket).
    public var jobsPerMinute: Int?
    /// Jobs that wait at the same time.
    public var queued: Int?
    /// Images of one day of UTC, counted when their job is accepted.
    public var imagesPerDay: Int?
    /// Steps of one day of UTC, summed over the images, counted when their job is accepted.
    public var stepsPerDay: Int?

    public init(
        jobsPerMinute: Int? = nil, queued: Int? = nil, imagesPerDay: Int? = nil, stepsPerDay: Int? = nil
    ) {
        (self.jobsPerMinute, self.queued) = (jobsPerMinute, queued)
        (self.imagesPerDay, self.stepsPerDay) = (imagesPerDay, stepsPerDay)
    }

    /// What a limit is of.
    public enum Dimension: String, CaseIterable, Sendable {
        case jobs, queued, images, steps

        /// Seconds after which the whole limit is there again; nil where that does not go by time.
        public var windowSeconds: Int? {
            switch self {
            case .jobs: 60
            case .queued: nil
            case .images, .steps: 86_400
            }
        }
    }

    public subscript(_ dimension: Dimension) -> Int? {
        switch dimension {
        case .jobs: jobsPerMinute
        case .queued: queued
        case .images: imagesPerDay
        case .steps: stepsPerDay
        }
    }
}

/// What is left of one limit of a quota.
public struct QuotaStanding: Hashable, Sendable {
    public var dimension: JobQuota.Dimension
    public var limit: Int
    public var remaining: Int
    /// Seconds, rounded up, until more of it is left; nil where that does not go by time, or all of it is left.
    public var secondsToMore: Int?

    package init(_ dimension: JobQuota.Dimension, limit: Int, remaining: Int, secondsToMore: Int?) {
        (self.dimension, self.limit) = (dimension, limit)
        (self.remaining, self.secondsToMore) = (remaining, secondsToMore)
    }
}

/// Why a job is more than its owner may have now.
public struct QuotaRefusal: Hashable, Sendable {
    public var owner: String
    public var dimension: JobQuota.Dimension
    public var limit: Int
    /// What the job takes of it.
    public var asked: Int
    /// What is left.
    public var remaining: Int
    /// Seconds, rounded up, after which the same job fits; nil for one that never does, or where nobody can tell.
    public var secondsToWait: Int?
    /// All limits of the quota as they stand, the job not counted.
    public var standings: [QuotaStanding]

    /// Whether the job takes more than the whole limit.
    public var isForEver: Bool { asked > limit }
}
