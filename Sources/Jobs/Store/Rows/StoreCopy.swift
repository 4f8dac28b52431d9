import Bytes

/// A store at rest that can be looked through as a whole.
package protocol StoreSource: Sendable {
    /// Where it is, for people; without a password.
    var place: String { get }

    /// Brings it to rest: jobs of processes that have gone wait again, and what is numbered or chained afterwards is
    /// so now.
    /// - Throws: `storeInUse` as long as a process works with it.
    func settle() throws(JobStoreError)

    /// - Returns: what `body` makes of one state of the store.
    func look<Value>(_ body: (any StoreSnapshot) throws -> Value) throws(JobStoreError) -> Value
}

/// A store into which another is copied.
package protocol StoreDestination: StoreSource {
    /// Whether a copy into it was begun and not finished: no service opens it until then.
    func isUnfinishedCopy() throws(JobStoreError) -> Bool
    func mark(asUnfinishedCopy: Bool) throws(JobStoreError)

    /// Puts rows behind those that are there, in one transaction; those of a key that is there stay as they are.
    func append(_ rows: [StoreRow], to table: StoreTable) throws(JobStoreError)
}

/// Copies a whole store into an empty one, row by row in the order of the keys. Begun anew after a crash, it holds what
/// is there to the source and goes on behind it.
package struct StoreCopy {
    let source: any StoreSource
    let destination: any StoreDestination
    /// Told what is done, in lines for people.
    let say: (String) -> Void

    package init(from source: any StoreSource, to destination: any StoreDestination, say: @escaping (String) -> Void) {
        (self.source, self.destination, self.say) = (source, destination, say)
    }

    /// - Returns: the digest of both.
    /// - Throws: `unusableStore` when the destination holds something else, or is not equal in the end; `storeInUse`,
    ///   `storeFull`, `storeUnavailable`.
    @discardableResult
    package func run() throws(JobStoreError) -> StoreDigest {
        try source.settle()
        try destination.settle()
        let isContinued = try destination.isUnfinishedCopy()
        let there = try compare()
        if !isContinued, there.contains(where: { $0.count > 0 }) {
            // A copy that was finished may be asked for again.
            return try verify(orElse: "it has rows already, and they are not those of \(source.place); \(Self.wayOut)")
        }
        if isContinued { say("goes on with a copy that was not finished") }
        try destination.mark(asUnfinishedCopy: true)
        for (table, start) in zip(StoreTable.all, there) { try copy(table, from: start) }
        let digest = try verify(orElse: "it differs from \(source.place) after the copy")
        try destination.mark(asUnfinishedCopy: false)
        return digest
    }

    private static let wayOut = "copy into a new one"

    /// What of a table is there already.
    private struct Start {
        var count: Int64 = 0
        var last: [StoreValue]?
        /// The name of the first row that is not the source's.
        var stranger: String?
    }

    /// Holds what the destination has to the beginning of what the source has.
    private func compare() throws(JobStoreError) -> [Start] {
        let starts = try source.look { source in
            try destination.look { destination in
                try StoreTable.all.filter { $0 != .counters }.map { table in
                    var own = StoreRows(destination, table), others = StoreRows(source, table), start = Start()
                    while let row = try own.next() {
                        guard try others.next() == row else {
                            start.stranger = row.name
                            break
                        }
                        (start.count, start.last) = (start.count + 1, row.key)
                    }
                    return start
                }
            }
        }
        if let stranger = starts.lazy.compactMap(\.stranger).first {
            throw .unusableStore(
                path: destination.place,
                reason: "its row \(stranger) is not that of \(source.place), so it is no copy of it; \(Self.wayOut)")
        }
        return starts + [Start()]
    }

    private func copy(_ table: StoreTable, from start: Start) throws(JobStoreError) {
        var last = start.last, copied = 0
        while true {
            let portion = try source.look { [last] source in
                try source.rows(of: table, after: last, bytes: type(of: source).bytesOfPortion)
            }
            guard let end = portion.last else { break }
            for row in portion {
                guard case .text(let problem) = row["content"] else { continue }
                throw .unusableStore(path: source.place, reason: "its row \(row.name) cannot be copied: \(problem)")
            }
            try destination.append(portion, to: table)
            copied += portion.count
            last = end.key
        }
        if table == .counters || (copied == 0 && start.count == 0) { return }
        say("\(table.name): \(copied) rows copied" + (start.count > 0 ? ", \(start.count) were there" : ""))
    }

    private func verify(orElse reason: String) throws(JobStoreError) -> StoreDigest {
        let expected = try source.look { try StoreDigest(of: $0) }
        let got = try destination.look { try StoreDigest(of: $0) }
        say("\(expected.total)  \(source.place)")
        say("\(got.total)  \(destination.place)")
        guard expected == got else {
            let tables = zip(expected.tables, got.tables).filter { $0 != $1 }.map(\.0.name)
            throw .unusableStore(path: destination.place, reason: "\(reason) (\(tables.joined(separator: ", ")))")
        }
        return got
    }
}
