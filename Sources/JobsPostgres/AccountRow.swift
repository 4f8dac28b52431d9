import Jobs

/// Rows of the table `accounts`: what is counted of each owner.
enum AccountRow {
    /// The owner's account, which nobody else changes until the transaction ends, and the time of the database.
    static func locked(
        _ connection: PostgresConnection, of owner: String, at now: SQLValue
    ) throws(PostgresError) -> (OwnerAccount, Timestamp) {
        var rows = try connection.run(
            "SELECT \(columns) FROM accounts WHERE owner = $1 FOR UPDATE", [.text(owner), now]
        ).rows
        if rows.isEmpty {
            // Waits for another transaction that writes the row at the same moment, and takes the row then.
            rows = try connection.run(
                """
                INSERT INTO accounts VALUES ($1, 0, 0, 0, 0, 0, 0)
                ON CONFLICT (owner) DO UPDATE SET owner = excluded.owner RETURNING \(columns)
                """, [.text(owner), now]
            ).rows
        }
        guard let row = rows.first else { throw .missing(row: "accounts") }
        return (account(row), row.moment("now"))
    }

    static func store(
        _ connection: PostgresConnection, _ account: OwnerAccount, of owner: String
    ) throws(PostgresError) {
        connection.later(
            """
            UPDATE accounts SET (bucket_full_at, day, images, steps, small_turn, large_turn) = ($2, $3, $4, $5, $6, $7)
            WHERE owner = $1
            """,
            [
                .text(owner), .integer(account.bucketFullAt), .integer(account.day), .integer(account.images),
                .integer(account.steps), .integer(account.smallTurn), .integer(account.largeTurn),
            ])
    }

    /// The jobs of an owner that wait.
    static func queued(_ connection: PostgresConnection, of owner: String) throws(PostgresError) -> Int {
        let answer = try connection.run(
            "SELECT count(*) AS number FROM jobs WHERE \(JobRow.isWaiting) AND owner = $1", [.text(owner)])
        return Int(answer.rows.first?.count("number") ?? 0)
    }

    /// What decides the turn of a new job.
    static func present(_ connection: PostgresConnection, _ new: NewJob) throws(PostgresError) -> FairTurns.Present {
        let turns = try connection.run("SELECT \(presentColumns(new, 1))", presentParameters(new)).rows.first
        return present(turns)
    }

    /// - Parameter first: the number of the first of `presentParameters`.
    private static func presentColumns(_ new: NewJob, _ first: Int) -> String {
        """
        (SELECT max(turn) FROM jobs WHERE status = 'running' AND is_large = $\(first)) AS leased,
        (SELECT turn FROM jobs WHERE status = 'queued' AND is_large = $\(first) AND model = $\(first + 1)
            ORDER BY turn, ordinal LIMIT 1) AS waiting,
        (SELECT max(\(new.work.isLarge ? "large_turn" : "small_turn")) FROM accounts) AS ended
        """
    }

    private static func presentParameters(_ new: NewJob) -> [SQLValue] {
        [.boolean(new.work.isLarge), .text(new.model.name)]
    }

    private static func present(_ row: SQLRow?) -> FairTurns.Present {
        FairTurns.Present(
            latestLeased: row?.integer("leased"), earliestWaiting: row?.integer("waiting"),
            latestEnd: row?.integer("ended") ?? 0)
    }

    /// An account that is open for a new job.
    struct Opened {
        var account: OwnerAccount
        /// By the database's clock.
        var time: Timestamp
        /// What decides the turn of the job.
        var present: FairTurns.Present
    }

    /// The account of the job's owner, locked as by `locked`, and what else the job's acceptance needs to know: with
    /// one statement, unless the owner is new.
    static func opened(
        _ connection: PostgresConnection, for new: NewJob, at now: SQLValue
    ) throws(PostgresError) -> Opened {
        let row = try connection.run(
            "SELECT \(columns), \(presentColumns(new, 3)) FROM accounts WHERE owner = $1 FOR UPDATE",
            [.text(new.owner), now] + presentParameters(new)
        ).rows.first
        if let row { return Opened(account: account(row), time: row.moment("now"), present: present(row)) }
        let (account, time) = try locked(connection, of: new.owner, at: now)
        return Opened(account: account, time: time, present: try present(connection, new))
    }

    private static let columns = "bucket_full_at, day, images, steps, small_turn, large_turn, moment($2) AS now"

    private static func account(_ row: SQLRow) -> OwnerAccount {
        var account = OwnerAccount()
        (account.bucketFullAt, account.day) = (row.integer("bucket_full_at") ?? 0, row.integer("day") ?? 0)
        (account.images, account.steps) = (row.integer("images") ?? 0, row.integer("steps") ?? 0)
        (account.smallTurn, account.largeTurn) = (row.integer("small_turn") ?? 0, row.integer("large_turn") ?? 0)
        return account
    }

    /// Moves the owner's jobs that wait behind one which has gone up by its weight.
    static func giveBack(_ connection: PostgresConnection, _ ordinal: Int64) throws(PostgresError) {
        let row = try connection.run(
            "SELECT owner, turn, planned_calls, call_units, is_large FROM jobs WHERE ordinal = $1", [.integer(ordinal)]
        ).rows.first
        guard let row else { return }
        var (account, _) = try locked(connection, of: row.text("owner"), at: .null)
        let weight = FairTurns.weight(calls: row.total("planned_calls"), unitsPerCall: row.count("call_units"))
        // What a worker is leasing at this moment has its turn already.
        try connection.run(
            """
            UPDATE jobs SET \(PostgresJobStore.turn(withoutWeight: "$1")) WHERE ordinal IN (
                SELECT ordinal FROM jobs WHERE status = 'queued' AND owner = $2 AND is_large = $3
                    AND (turn, ordinal) > ($4::bigint, $5::bigint) ORDER BY ordinal FOR UPDATE SKIP LOCKED)
            """,
            [.integer(weight), row["owner"], row["is_large"], row["turn"], .integer(ordinal)])
        account.giveBack(weight: weight, isLarge: row.boolean("is_large"))
        try store(connection, account, of: row.text("owner"))
    }
}
