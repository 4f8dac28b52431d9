import JSON
import Jobs
import JobsPostgres
import JobsSQLite

/// The audit log of the store that a configuration names, for whoever checks it or takes it away; the service may run
/// meanwhile.
public struct AuditLog: Sendable {
    private let read: @Sendable (_ sequence: Int64, _ limit: Int) throws(JobStoreError) -> [AuditEntry]
    private let shorten: @Sendable (_ anchor: AuditAnchor) throws(JobStoreError) -> Void
    private static let portion = 1_000

    /// - Throws: `JobStoreError` for a store that is not there or has no log yet.
    public init(_ configuration: Configuration) throws {
        switch configuration.database {
        case .sqlite(let path):
            let log = try SQLiteAuditLog(path: path)
            read = { (sequence, limit) throws(JobStoreError) in try log.entries(after: sequence, limit: limit) }
            shorten = { (anchor) throws(JobStoreError) in try log.shorten(through: anchor, at: .now) }
        case .postgres(let url):
            var settings = PostgresJobStore.Configuration()
            settings.mayForget = configuration.durability == .mayForget
            let store = try PostgresJobStore(url: url, configuration: settings)
            read = { (sequence, limit) throws(JobStoreError) in try store.audit(after: sequence, limit: limit) }
            shorten = { (anchor) throws(JobStoreError) in try store.shortenAudit(through: anchor, at: .now) }
        }
    }

    /// Checks every entry against the one before it.
    /// - Parameter known: the digest of the last entry as somebody noted it before; an entry must have it. Without it a
    ///   log that was written anew, or cut, can look whole.
    /// - Throws: `AuditChain.Fault`, `MissingHead`, `JobStoreError`.
    public func verify(known: String? = nil) throws -> AuditChain {
        var chain = AuditChain()
        var hasKnown = known == nil || known == AuditEntry.beginning
        try forEach { entry in
            try chain.take(entry)
            hasKnown = hasKnown || entry.digest == known || chain.anchor?.digest == known
        }
        try chain.finish()
        guard hasKnown else { throw MissingHead(known: known ?? "", count: chain.count) }
        return chain
    }

    /// Gives every entry after a place as one line of JSON.
    public func export(after sequence: Int64, _ write: (String) throws -> Void) throws {
        try forEach(after: sequence) { try write(String(decoding: $0.json.serialized(), as: UTF8.self)) }
    }

    /// Writes the entries that are older than so many days into a new file, and takes them away from the log once they
    /// are on the disk. What stays goes on from the last of them, and says so.
    /// - Returns: the entry that was taken away last; nil where none is so old.
    /// - Throws: as `verify`: nothing is taken away from a log that does not hold; `AuditArchive.Refusal` for a file
    ///   that is there already or cannot be made; `CocoaError` for one that cannot be written; `JobStoreError`.
    public func archive(to file: String, keepingDays days: Int, now: Timestamp = .now) throws -> AuditAnchor? {
        _ = try verify()
        let limit = now.milliseconds - JobRules.milliseconds(days: days)
        let archive = try AuditArchive(file)
        var ends: [AuditAnchor] = []
        do {
            try forEach { entry in
                guard entry.at.milliseconds < limit else { throw Enough() }
                try archive.write(entry)
                let anchor = AuditAnchor(sequence: entry.sequence, digest: entry.digest)
                // Taken away in portions, each of which leaves a whole log: nobody waits for long.
                if let last = ends.indices.last, entry.sequence % Self.shortening != 1 {
                    ends[last] = anchor
                } else {
                    ends.append(anchor)
                }
            }
        } catch is Enough {
        } catch {
            archive.remove()
            throw error
        }
        guard let last = ends.last else {
            archive.remove()
            return nil
        }
        try archive.finish()
        for anchor in ends { try shorten(anchor) }
        return last
    }

    private struct Enough: Error {}

    /// Entries that one transaction takes away at most.
    private static let shortening: Int64 = 20_000

    private func forEach(after start: Int64 = 0, _ body: (AuditEntry) throws -> Void) throws {
        var last = start
        while true {
            let entries = try read(last, Self.portion)
            guard let end = entries.last else { return }
            for entry in entries { try body(entry) }
            last = end.sequence
        }
    }

    /// A log in which nothing has the digest that somebody noted.
    public struct MissingHead: Error, CustomStringConvertible {
        let known: String
        let count: Int64

        public var description: String {
            "the audit log was cut or written anew: expected an entry with the digest \(known), got none among \(count)"
        }
    }
}

extension AuditEntry {
    /// The entry as it is exported; Documentation/Access.md says how to check it elsewhere.
    var json: JSONObject {
        [
            "sequence": .integer(Int(sequence)), "at": .string(at.rfc3339), "at_ms": .integer(Int(at.milliseconds)),
            "who": .string(event.act.who), "action": .string(event.act.action.rawValue),
            "job": .string("\(event.job)"), "owner": .string(event.owner), "recipe_sha256": .string(event.recipe),
            "outcome": .string(event.act.outcome), "previous": .string(previous), "digest": .string(digest),
        ]
    }
}
