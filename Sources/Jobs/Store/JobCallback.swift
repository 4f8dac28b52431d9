/// Where the end of a job is told.
public struct JobCallback: Hashable, Sendable {
    public var url: String
    /// Ends that are told.
    public var events: Set<JobStatus>
    /// The `traceparent` that the request passes on; nil where it had none.
    public var trace: String?

    public init(url: String, events: Set<JobStatus>, trace: String? = nil) {
        (self.url, self.events, self.trace) = (url, events, trace)
    }

    /// `events` as stores keep them: names, parted by spaces.
    package var eventNames: String { events.map(\.rawValue).sorted().joined(separator: " ") }
}

/// How and when a job has ended.
public struct JobEnd: Hashable, Sendable {
    public var job: JobID
    public var kind: String
    public var status: JobStatus
    public var at: Timestamp

    package init(of job: JobID, kind: String, _ status: JobStatus, at time: Timestamp) {
        (self.job, self.kind, self.status, at) = (job, kind, status, time)
    }
}

/// The end of a job, to be told to one address.
public struct JobDelivery: Hashable, Sendable {
    /// Its place in the outbox.
    public var ordinal: Int64
    public var end: JobEnd
    public var url: String
    public var trace: String?
    /// Attempts that have failed.
    public var attempts: Int

    /// The host of the address, with its port where it has one: between `//` and the path or query.
    public var host: String {
        let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        return parts.count > 2 ? String(parts[2].prefix { $0 != "?" }) : ""
    }

    package init(ordinal: Int64, _ end: JobEnd, to url: String, trace: String?, attempts: Int) {
        (self.ordinal, self.end, self.url, self.trace, self.attempts) = (ordinal, end, url, trace, attempts)
    }
}

/// Ends that are still to be told. What is in it was written in the transaction that ended the job, and stays until it
/// is settled, also when the job goes: so each is told at least once.
public protocol JobOutbox: Sendable {
    /// Those whose time has come, the longest waiting first.
    /// - Parameter hosts: `JobDelivery.host` of those that are left out.
    /// - Throws: `storeUnavailable`.
    func dueDeliveries(
        at time: Timestamp, limit: Int, exceptTo hosts: Set<String>
    ) throws(JobStoreError) -> [JobDelivery]

    /// Keeps a due delivery from all others for so long, while this process makes it.
    /// - Parameter time: now.
    /// - Returns: false when another has it, or has made it.
    /// - Throws: `storeFull`, `storeUnavailable`.
    func claim(_ delivery: JobDelivery, at time: Timestamp, for duration: Duration) throws(JobStoreError) -> Bool

    /// - Throws: `storeFull`, `storeUnavailable`; the delivery is then made again.
    func settle(_ delivery: JobDelivery, _ fate: DeliveryFate) throws(JobStoreError)
}

/// What becomes of a delivery after an attempt.
public enum DeliveryFate: Hashable, Sendable {
    /// Told, or given up.
    case over
    case again(at: Timestamp)
}

extension JobOutbox {
    /// Those to all hosts.
    public func dueDeliveries(at time: Timestamp, limit: Int) throws(JobStoreError) -> [JobDelivery] {
        try dueDeliveries(at: time, limit: limit, exceptTo: [])
    }

    /// For a store that one process has alone.
    public func claim(_ delivery: JobDelivery, at time: Timestamp, for duration: Duration) throws(JobStoreError) -> Bool
    {
        true
    }
}

extension JobStore {
    /// For a store that keeps none: jobs with a callback are not to be given to it.
    public var outbox: (any JobOutbox)? { nil }
}
