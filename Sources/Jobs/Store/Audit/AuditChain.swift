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

    /// Entries that hold.
    public private(set) var count: Int64 = 0
    /// The digest of the last of them; 64 zeros before the first.
    public private(set) var head = AuditEntry.beginning

    public init() {}

    /// - Throws: `Fault` for an entry that does not follow the one before, or is not what it was.
    public mutating func take(_ entry: AuditEntry) throws(Fault) {
        guard entry.sequence == count + 1 else {
            throw Fault(sequence: count + 1, expected: "entry \(count + 1)", got: "entry \(entry.sequence)")
        }
        guard entry.previous == head else {
            throw Fault(
                sequence: entry.sequence, expected: "the digest \(head) of the entry before it", got: entry.previous)
        }
        guard entry.chained == entry.digest else {
            throw Fault(
                sequence: entry.sequence, expected: "the digest \(entry.chained) of what it says", got: entry.digest)
        }
        (count, head) = (entry.sequence, entry.digest)
    }
}
