import Jobs

// What a server has to be, and what is said to it first.
extension PostgresJobStore {
    /// Waits for a server that is just coming up; whatever else is wrong is thrown by what follows.
    static func awaitStart(_ pool: ConnectionPool) throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            do {
                return try pool.withConnection { _ in }
            } catch let error as PostgresError {
                guard error.state == "57P03" else { throw error }
                sleep(.milliseconds(200))
            }
        }
    }

    static func plan(
        _ url: String, _ schema: PostgresSchema, _ configuration: Configuration
    ) -> ConnectionPool.Plan {
        let milliseconds = configuration.statementTimeout.wholeMilliseconds
        return ConnectionPool.Plan(
            url: url, most: configuration.connections,
            // Without statistics of a queue that has just grown, a bitmap of all of it looks cheaper than its first row
            // in the order of an index. And a plan is made once for each statement, whatever its values.
            preparation: """
                SET search_path TO \(schema.quoted), pg_temp; SET statement_timeout = \(milliseconds);
                SET lock_timeout = \(milliseconds); SET idle_in_transaction_session_timeout = \(milliseconds);
                SET default_transaction_isolation = 'read committed'; SET enable_bitmapscan = off;
                SET plan_cache_mode = force_generic_plan;
                """,
            // A host that has been cut off must not hold a thread for the hours of the system's defaults.
            defaults: [
                ("application_name", "phantom"), ("connect_timeout", "5"), ("keepalives_idle", "10"),
                ("keepalives_interval", "5"), ("keepalives_count", "3"), ("tcp_user_timeout", "15000"),
                ("client_encoding", "UTF8"),
            ])
    }

    /// What the statements need: `pg_current_xact_id`.
    private static let leastVersion: Int64 = 130_000

    /// - Throws: `unusableStore` for a server that is too old.
    static func checkVersion(_ connection: PostgresConnection, place: String) throws {
        let row = try connection.run(
            "SELECT current_setting('server_version_num')::bigint AS number, current_setting('server_version') AS name"
        ).rows.first
        guard let row, (row.integer("number") ?? 0) < leastVersion else { return }
        throw JobStoreError.unusableStore(
            path: place, reason: "expected PostgreSQL 13 or later, got \(row.text("name"))")
    }

    /// - Throws: `unusableStore` when a job that was acknowledged may be forgotten.
    static func checkDurability(
        _ connection: PostgresConnection, place: String, _ configuration: Configuration
    ) throws {
        guard !configuration.mayForget else { return }
        let setting = try connection.run("SELECT current_setting('synchronous_commit') AS setting").rows.first?.text(
            "setting")
        guard setting == "off" else { return }
        throw JobStoreError.unusableStore(
            path: place,
            reason: """
                synchronous_commit is off: a crash of the server would forget jobs that were accepted. Turn it on \
                (ALTER ROLE ... SET synchronous_commit = on), or say that this may be: \
                "durability": "may-forget" (PHANTOM_DURABILITY)
                """)
    }
}
