// What lies beside the jobs.
extension StoreCheck {
    /// Every input is one that a job names, and every name one of an input.
    mutating func checkInputs() throws {
        var inputs = StoreRows(snapshot, .inputs), named = Set<String>()
        var names = StoreRows(snapshot, .jobInputs)
        while let row = try names.next() { named.insert(row.text("digest")) }
        while let row = try inputs.next() {
            tally.inputs += 1
            if case .text(let problem) = row["content"] { note(row.name, expected: "its bytes", got: problem) }
            if named.remove(row.text("digest")) == nil {
                note(row.name, expected: "an input that a job works on", got: "one of no job")
            }
        }
        for digest in named.sorted() { note("input \(digest)", expected: "its bytes", got: "none") }
    }

    /// What remembers a job that was removed says which.
    mutating func checkTombstones() throws {
        var stones = StoreRows(snapshot, .tombstones)
        while let row = try stones.next() {
            if JobID(row.text("id")) == nil {
                note(row.name, expected: "the id of a job", got: "'\(row.text("id"))'")
            }
        }
    }

    mutating func checkAudit() throws {
        var rows = StoreRows(snapshot, .audit), chain = AuditChain()
        while let row = try rows.next() {
            tally.auditEntries += 1
            guard let id = JobID(row.text("job")), let action = AuditEntry.Action(rawValue: row.text("action")) else {
                return note(row.name, expected: "an entry of this version", got: "'\(row.text("action"))'")
            }
            let event = AuditEntry.Event(
                .init(action, by: row.text("who"), outcome: row.text("outcome")), job: id, owner: row.text("owner"),
                recipe: row.text("recipe"))
            let entry = AuditEntry(
                sequence: row.integer("sequence") ?? 0, at: Timestamp(milliseconds: row.integer("at") ?? 0), event,
                previous: row.text("previous"), digest: row.text("digest"))
            do {
                try chain.take(entry)
            } catch {
                // What comes after it follows on it.
                return note("audit, sequence \(error.sequence)", expected: error.expected, got: error.got)
            }
        }
        do {
            try chain.finish()
        } catch {
            note("audit, sequence \(error.sequence)", expected: error.expected, got: error.got)
        }
    }

    mutating func checkDeliveries() throws {
        var rows = StoreRows(snapshot, .deliveries)
        while let row = try rows.next() {
            let isEnd = JobStatus(rawValue: row.text("status"))?.isTerminal ?? false
            if JobID(row.text("job")) == nil || !isEnd {
                note(row.name, expected: "the end of a job", got: "'\(row.text("status"))' of '\(row.text("job"))'")
            }
        }
    }

    /// No number is beyond the last that was given, or it would be given again.
    mutating func checkCounters() throws {
        var counters = StoreRows(snapshot, .counters), last: [String: Int64] = [:]
        while let row = try counters.next() { last[row.text("name")] = row.integer("value") }
        for table in StoreTable.counted {
            // Of the jobs it is known: their rows are large.
            var rows = StoreRows(snapshot, table), largest = table == .jobs ? largestOrdinal : 0
            while table != .jobs, let row = try rows.next() { largest = max(largest, row.integer(table.key[0]) ?? 0) }
            if largest > last[table.name] ?? 0 {
                note(
                    "\(table.name)", expected: "a last number of \(largest) at least", got: "\(last[table.name] ?? 0)")
            }
        }
    }
}
