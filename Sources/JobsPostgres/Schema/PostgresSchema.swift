import Jobs

/// The tables, as numbered migrations in a schema of their own. Append only: a migration that has shipped is never
/// changed.
struct PostgresSchema {
    /// Name of the schema; an identifier that is quoted where it is used.
    let name: String

    static let migrations: [(name: String, sql: String)] = [
        (
            "jobs",
            PostgresTables.jobs + PostgresTables.images + PostgresTables.owners + PostgresTables.workers
                + PostgresTables.lists
        ),
        ("parts", PostgresTables.parts),
        ("outbox", PostgresTables.outbox),
        ("blobs", PostgresTables.blobs),
    ]

    /// Stands among the migrations of a store into which another is being copied, so that no service, of whatever
    /// version, opens it before all is there.
    static let unfinishedCopy = SQLValue.text("unfinished copy")

    var quoted: String {
        "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    /// Brings the tables up to date. Of many processes that start at once one does it and the others wait.
    /// - Parameter isCopy: whether a copy into the store may be gone on with.
    /// - Throws: `JobStoreError.unusableStore` when a newer version has made them, or a copy into them was not
    ///   finished; `PostgresError`.
    func migrate(_ connection: PostgresConnection, url: String, isCopy: Bool = false) throws {
        // Nobody has to have the right to make a schema that is there.
        let isThere = try connection.run("SELECT 1 AS one FROM pg_namespace WHERE nspname = $1", [.text(name)])
        try connection.runScript("BEGIN")
        do {
            try connection.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [.text("phantom \(name)")])
            if isThere.rows.isEmpty { try connection.runScript("CREATE SCHEMA IF NOT EXISTS \(quoted)") }
            try connection.runScript(
                """
                SET LOCAL client_min_messages = warning; SET LOCAL statement_timeout = 0;
                CREATE TABLE IF NOT EXISTS \(quoted).migrations (
                    number bigint PRIMARY KEY, name text NOT NULL, made_at timestamptz NOT NULL DEFAULT now());
                """)
            let rows = try connection.run("SELECT number, name FROM \(quoted).migrations ORDER BY number").rows
            let found = try migrationsMade(rows, url: url, isCopy: isCopy)
            for (number, migration) in Self.migrations.enumerated().dropFirst(found) {
                try connection.runScript(migration.sql)
                try connection.run(
                    "INSERT INTO migrations (number, name) VALUES ($1, $2)",
                    [.integer(number + 1), .text(migration.name)])
            }
            try connection.runScript("COMMIT")
        } catch {
            try? connection.runScript("ROLLBACK")
            throw error
        }
    }

    /// How many migrations have been made.
    /// - Throws: `unusableStore` for those of a newer version, or of a copy that was not finished.
    private func migrationsMade(_ rows: [SQLRow], url: String, isCopy: Bool) throws(JobStoreError) -> Int {
        let known = Self.migrations.map(\.name)
        guard isCopy || rows.last?["name"] != Self.unfinishedCopy else {
            throw JobStoreError.unusableStore(
                path: PostgresURL.redacted(url),
                reason: """
                    another store was being copied into schema \(name), and not to the end: give the same \
                    phantom store copy again, or drop the schema
                    """)
        }
        let found = rows.filter { $0["name"] != Self.unfinishedCopy }.map { $0.text("name") }
        guard found.count <= known.count, zip(found, known).allSatisfy({ $0 == $1 }) else {
            throw JobStoreError.unusableStore(
                path: PostgresURL.redacted(url),
                reason: """
                    schema \(name) was made by a newer version of this program (it has \(found.count) migrations, \
                    \(known.count) are known here); upgrade this one
                    """)
        }
        return found.count
    }
}
