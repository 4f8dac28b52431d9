import Jobs

/// Keeps a job that has arrived from waking every process that is at rest: each waits for a moment of its own, and who
/// hears meanwhile that the job has been begun does not ask for it at all.
///
/// The moments are spread evenly over a time that grows with the number of those at rest, `spacing` for each: so one of
/// them asks after about `spacing`, 99 of a hundred times before `spacing` times ln 100, and only as many ask as there
/// are spacings in the time that a lease and the word of it take. Where a word is lost all ask in the end.
package struct ArrivalGate {
    /// Milliseconds for each process at rest.
    private static let spacing = 3.0
    /// Milliseconds that a process waits at most, however many there are.
    private static let longest = 1_000.0
    /// So few ask at once.
    private static let fewest = 2
    /// Jobs that are waited with; further ones are told at once.
    private static let mostWaiting = 1_000

    /// Processes that compute nothing now, as far as they have told.
    package var atRest = 0
    private var moments: [JobID: ContinuousClock.Instant] = [:]

    package init() {}

    /// When the next job is to be told of.
    package var next: ContinuousClock.Instant? { moments.values.min() }

    /// Takes in that a job has arrived.
    /// - Parameter random: where this process's moment is, 0 ..< 1.
    /// - Returns: whether it is to be told at once.
    package mutating func arrived(_ id: JobID, at now: ContinuousClock.Instant, random: Double) -> Bool {
        guard atRest > Self.fewest, moments.count < Self.mostWaiting else { return true }
        let wait = random * min(Self.longest, Self.spacing * Double(atRest))
        // Who has heard of it twice keeps the earlier moment.
        let moment = now + .milliseconds(Int(wait))
        moments[id] = min(moments[id] ?? moment, moment)
        return false
    }

    /// Takes in that somebody has a job, or nobody needs it.
    package mutating func isTaken(_ id: JobID) { moments[id] = nil }

    /// The jobs whose moment has come.
    package mutating func due(at now: ContinuousClock.Instant) -> [StoreEvent] {
        let ids = moments.filter { $0.value <= now }.keys
        for id in ids { moments[id] = nil }
        return ids.map { .arrived($0) }
    }
}
