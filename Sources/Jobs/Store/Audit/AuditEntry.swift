import Bytes

/// One line of the audit log: who has done what to which job, and what came of it. Each holds the digest of the one
/// before it, so that none can be changed, left out or put in between without everything after it telling.
public struct AuditEntry: Hashable, Sendable {
    /// What was done, or has happened.
    public enum Action: String, CaseIterable, Sendable {
        case submit, cancel, delete, pin, unpin
        /// The service itself notes that the job has ended.
        case succeed, fail
        /// The service itself notes that the retention policy has removed the job.
        case expire
        /// The operator has taken entries away, from the first on (`shortenedOutcome`). Its job is that of the last of
        /// them.
        case shorten
    }

    /// What somebody has done to a job, and what came of it.
    public struct Act: Hashable, Sendable {
        public var action: Action
        /// The name of the token; empty for the service itself, and for anybody where no tokens are asked for.
        public var who: String
        /// The status of the job after it, `removed`, or `ID images SHA-256` of those that a success has made
        /// (`imagesOutcome`).
        public var outcome: String

        package init(_ action: Action, by who: String = "", outcome: String) {
            (self.action, self.who, self.outcome) = (action, who, outcome)
        }
    }

    /// What is written down; the chain adds its place and its digest.
    public struct Event: Hashable, Sendable {
        public var act: Act
        public var job: JobID
        /// To whom the job belongs; empty where no tokens are asked for.
        public var owner: String
        /// SHA-256 of what is run (`NewJob.run`), in hexadecimal; empty where it is not known.
        public var recipe: String

        package init(_ act: Act, job: JobID, owner: String, recipe: String) {
            (self.act, self.job, self.owner, self.recipe) = (act, job, owner, recipe)
        }
    }

    /// Counts from 1 without a gap.
    public var sequence: Int64
    public var at: Timestamp
    public var event: Event
    /// `digest` of the entry before; 64 zeros for the first.
    public var previous: String
    /// SHA-256 in hexadecimal of `previous` and everything else that stands here; see `chained`.
    public var digest: String

    /// Makes an entry as it was read.
    package init(sequence: Int64, at: Timestamp, _ event: Event, previous: String, digest: String) {
        (self.sequence, self.at, self.event) = (sequence, at, event)
        (self.previous, self.digest) = (previous, digest)
    }

    /// `previous` of the first entry.
    public static let beginning = String(repeating: "0", count: 2 * Digest.byteCount)

    /// The entry that comes after another.
    /// - Parameter last: nil: it is the first.
    package init(_ event: Event, at: Timestamp, after last: (sequence: Int64, digest: String)?) {
        self.init(
            sequence: (last?.sequence ?? 0) &+ 1, at: at, event, previous: last?.digest ?? Self.beginning, digest: "")
        digest = chained
    }

    /// What `digest` has to be: SHA-256 of the members in this order, each as `LENGTH:TEXT,` with the length of its
    /// UTF-8 bytes in decimal (a netstring): previous, sequence, milliseconds since 1970, who, action, job, owner,
    /// recipe, outcome.
    public var chained: String {
        let members = [
            previous, String(sequence), String(at.milliseconds), event.act.who, event.act.action.rawValue,
            "\(event.job)", event.owner, event.recipe, event.act.outcome,
        ]
        return Digest(of: members.map { "\($0.utf8.count):\($0)," }.joined()).hexadecimal
    }
}

extension AuditEntry.Act {
    /// What a job that has succeeded has made: how many images, and SHA-256 of their digests, one after the other.
    private static func imagesOutcome(_ images: [ImageRecord]) -> String {
        "\(images.count) images \(Digest(of: images.map(\.sha256).joined()).hexadecimal)"
    }

    /// What was taken away from the log: the entries up to this one, that one included, and its digest. By this alone
    /// a log may begin with another entry than the first.
    package static func shortenedOutcome(_ last: AuditAnchor) -> String { "1...\(last.sequence) \(last.digest)" }

    package static func succeeded(_ images: [ImageRecord]) -> Self { Self(.succeed, outcome: imagesOutcome(images)) }

    package static let failed = Self(.fail, outcome: JobStatus.failed.rawValue)

    package static func cancelled(by who: String) -> Self {
        Self(.cancel, by: who, outcome: JobStatus.cancelled.rawValue)
    }

    /// - Parameter status: of the job.
    package static func pinned(_ isPinned: Bool, by who: String, _ status: JobStatus) -> Self {
        Self(isPinned ? .pin : .unpin, by: who, outcome: status.rawValue)
    }

    package static func removed(_ why: RemovalReason, by who: String) -> Self {
        Self(why == .deleted ? .delete : .expire, by: who, outcome: "removed")
    }
}

extension AuditEntry.Event {
    /// The entries up to one have been taken away.
    package init(shortenedThrough last: AuditEntry) {
        let outcome = AuditEntry.Act.shortenedOutcome(AuditAnchor(sequence: last.sequence, digest: last.digest))
        self.init(.init(.shorten, outcome: outcome), job: last.event.job, owner: last.event.owner, recipe: "")
    }

    /// A job has been accepted, by its owner.
    package init(accepted job: JobID, _ new: NewJob) {
        self.init(
            .init(.submit, by: new.owner, outcome: JobStatus.queued.rawValue), job: job, owner: new.owner,
            recipe: Self.recipe(new.run))
    }

    /// SHA-256 of what is run; empty without it.
    package static func recipe(_ run: [UInt8]?) -> String { run.map { Digest(of: $0).hexadecimal } ?? "" }
}
