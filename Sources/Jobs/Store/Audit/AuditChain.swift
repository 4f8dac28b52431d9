/// The last entry of those that were taken away from an audit log: what is left goes on from it.
public struct AuditAnchor: Hashable, Sendable {
    public let sequence: Int64
    public let digest: String

    package init(sequence: Int64, digest: String) { (self.sequence, self.digest) = (sequence, digest) }
}

/// Checks an audit log entry by entry.
public struct AuditChain: Sendable {
    /// Where the log is not what it was.
    public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// The entry at which it shows.
        public let sequence: Int64
        public let expected: String
        public let got: String

        public var description: String { "entry \(sequence) of the audit log: expected \(expected), got \(got)" }
    }

    /// The sequence of the last entry that holds.
    public private(set) var last: Int64 = 0
    /// Its digest; 64 zeros before the first.
    public private(set) var head = AuditEntry.beginning
    /// Where the log begins with another entry than the first: the one before that.
    public private(set) var anchor: AuditAnchor?
    /// Whether an entry says that the log was shortened up to the anchor.
    private var isAnchored = false

    /// Entries that hold.
    public var count: Int64 { last - (anchor?.sequence ?? 0) }

    public init() {}

    /// - Throws: `Fault` for an entry that does not follow the one before, or is not what it was.
    public mutating func take(_ entry: AuditEntry) throws(Fault) {
        if last == 0, entry.sequence > 1 {
            // Whether that is right, an entry further on must say.
            let anchor = AuditAnchor(sequence: entry.sequence - 1, digest: entry.previous)
            (self.anchor, last, head) = (anchor, anchor.sequence, anchor.digest)
        }
        guard last < .max, entry.sequence == last + 1 else {
            throw Fault(sequence: last &+ 1, expected: "entry \(last &+ 1)", got: "entry \(entry.sequence)")
        }
        guard entry.previous == head else {
            throw Fault(
                sequence: entry.sequence, expected: "the digest \(head) of the entry before it", got: entry.previous)
        }
        guard entry.chained == entry.digest else {
            throw Fault(
                sequence: entry.sequence, expected: "the digest \(entry.chained) of what it says", got: entry.digest)
        }
        (last, head) = (entry.sequence, entry.digest)
        if let anchor, entry.event.act.action == .shorten,
            entry.event.act.outcome == AuditEntry.Act.shortenedOutcome(anchor)
        {
            isAnchored = true
        }
    }

    /// To be called when there are no more entries.
    /// - Throws: `Fault` for a log that does not begin with its first entry, and says nowhere that it was shortened so.
    public func finish() throws(Fault) {
        guard let anchor, !isAnchored else { return }
        throw Fault(
            sequence: 1,
            expected: "entry 1, or an entry that says that those up to \(anchor.sequence) were taken away",
            got: "entry \(anchor.sequence + 1) first")
    }
}
