import Jobs

// The store as a whole: copied out of, and into.
extension PostgresJobStore: StoreDestination {
    package var place: String { redactedURL }

    /// Opens a store to copy it, or to copy into it; its tables are made where there are none.
    package static func openForCopy(url: String, configuration: Configuration) throws(JobStoreError) -> PostgresJobStore
    {
        var configuration = configuration
        configuration.isCopy = true
        return try PostgresJobStore(url: url, configuration: configuration)
    }

    package func settle() throws(JobStoreError) {
        let present = try workers() ?? []
        guard present.isEmpty else {
            let names = present.map { "\($0.name) (\($0.role))" }.joined(separator: ", ")
            throw .storeInUse(
                path: place, holder: "\(names); stop them: one that has gone is seen for half a minute still")
        }
        _ = try recover()
        let leased = try read { connection in
            try connection.run("SELECT count(*) AS number FROM jobs WHERE status = 'running'").rows.first?.count(
                "number") ?? 0
        }
        guard leased == 0 else {
            throw .storeInUse(path: place, holder: "processes that hold the leases of \(leased) jobs")
        }
        _ = try occurrences(OccurrenceQuery(after: 0))
        _ = try audit(after: 0, limit: 1)
        let unchained = try read { connection in
            try connection.run("SELECT count(*) AS number FROM audit_pending").rows.first?.count("number") ?? 0
        }
        guard unchained == 0 else {
            throw .unusableStore(
                path: place, reason: "\(unchained) entries of its audit log are of a newer version; use that")
        }
    }

    package func look<Value>(_ body: (any StoreSnapshot) throws -> Value) throws(JobStoreError) -> Value {
        try snapshot { connection in try body(PostgresSnapshot(connection: connection, blobs: configuration.blobs)) }
    }

    package func isUnfinishedCopy() throws(JobStoreError) -> Bool {
        try read { connection in
            try !connection.run("SELECT 1 AS one FROM migrations WHERE name = $1", [PostgresSchema.unfinishedCopy]).rows
                .isEmpty
        }
    }

    package func mark(asUnfinishedCopy: Bool) throws(JobStoreError) {
        _ = try write { connection, _ in
            try connection.run(
                asUnfinishedCopy
                    ? "INSERT INTO migrations (number, name) VALUES (1000000, $1) ON CONFLICT DO NOTHING"
                    : "DELETE FROM migrations WHERE name = $1", [PostgresSchema.unfinishedCopy])
        }
    }

    package func append(_ rows: [StoreRow], to table: StoreTable) throws(JobStoreError) {
        let mayBeOutside = table == .images || table == .inputs
        let contents = mayBeOutside ? rows.map { (Aside.Key.input($0.name), $0.bytes("content") ?? []) } : []
        try puttingAside(Dictionary(contents) { $1 }) { (aside) throws(JobStoreError) in
            try append(rows, to: table, aside)
        }
    }

    private func append(_ rows: [StoreRow], to table: StoreTable, _ aside: Aside) throws(JobStoreError) {
        try write { connection, _ in
            if table == .counters { return try rows.forEach { try Self.setCounter(connection, $0) } }
            let blobs = try rows.flatMap { try Self.append(connection, $0, blob: aside[.input($0.name)]) }
            try aside.settle(connection, blobs)
            // The trigger has noted them; the occurrences of the source come later.
            if table == .images { try connection.run("DELETE FROM occurrences WHERE sequence IS NULL") }
        }
    }

    /// - Parameter blob: under which the row's content lies; nil: in the row.
    /// - Returns: the blob, if there is one and a row was made.
    private static func append(
        _ connection: PostgresConnection, _ row: StoreRow, blob: String?
    ) throws(PostgresError) -> [String] {
        let table = row.table
        var names = table.columns.map(\.name), values = zip(row.values, table.columns).map { $0.parameter($1.kind) }
        if let blob, let place = table.place(of: "content") {
            if table == .inputs {
                names.append("byte_count")
                values.append(.integer(row.bytes("content")?.count ?? 0))
            }
            names.append("blob")
            values.append(.text(blob))
            values[place] = .null
        }
        let places = (1...names.count).map { "$\($0)" }.joined(separator: ", ")
        let answer = try connection.run(
            """
            INSERT INTO \(table.name) (\(names.joined(separator: ", "))) OVERRIDING SYSTEM VALUE VALUES (\(places))
            ON CONFLICT (\(table.key.joined(separator: ", "))) DO NOTHING
            """, values)
        return answer.changes > 0 ? blob.map { [$0] } ?? [] : []
    }

    private static func setCounter(_ connection: PostgresConnection, _ row: StoreRow) throws(PostgresError) {
        let value = row.integer("value") ?? 0
        guard let table = StoreTable.counted.first(where: { $0.name == row.text("name") }) else { return }
        if table == .occurrences {
            try connection.run("UPDATE occurrence_head SET latest = $1", [.integer(value)])
        } else {
            try connection.run(
                "SELECT setval('\(PostgresSnapshot.sequence(of: table))', $1, $2)",
                [.integer(max(1, value)), .boolean(value > 0)])
        }
    }
}
