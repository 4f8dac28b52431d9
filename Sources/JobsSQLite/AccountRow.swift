import GRDB
import Jobs

/// Rows of the table `accounts`: what is counted of each owner.
enum AccountRow {
    static func fetch(_ db: Database, of owner: String) throws -> OwnerAccount? {
        try db.first("SELECT * FROM accounts WHERE owner = ?", [owner]).map { row in
            var account = OwnerAccount()
            (account.bucketFullAt, account.day) = (row["bucket_full_at"], row["day"])
            (account.images, account.steps) = (row["images"], row["steps"])
            (account.smallTurn, account.largeTurn) = (row["small_turn"], row["large_turn"])
            return account
        }
    }

    static func store(_ db: Database, _ account: OwnerAccount, of owner: String) throws {
        try db.run(
            "INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                owner, account.bucketFullAt, account.day, account.images, account.steps, account.smallTurn,
                account.largeTurn,
            ])
    }

    /// The jobs of an owner that wait.
    static func queued(_ db: Database, of owner: String) throws -> Int {
        try db.value("SELECT count(*) FROM jobs WHERE \(SQLiteJobStore.isWaiting) AND +owner = ?", [owner]) ?? 0
    }

    /// What decides the turn of a new job.
    static func present(_ db: Database, _ new: NewJob) throws -> FairTurns.Present {
        let isLarge = new.work.isLarge
        let turns = try db.first(
            """
            SELECT
                (SELECT max(turn) FROM jobs WHERE status = 'running' AND (is_large <> 0) = :large) AS leased,
                (SELECT min(turn) FROM jobs
                    WHERE status = 'queued' AND (is_large <> 0) = :large AND +model = :model) AS waiting,
                (SELECT max(CASE WHEN :large THEN large_turn ELSE small_turn END) FROM accounts) AS ended
            """, ["large": isLarge, "model": new.model.name])
        return FairTurns.Present(
            latestLeased: turns?["leased"], earliestWaiting: turns?["waiting"], latestEnd: turns?["ended"] ?? 0)
    }

    /// Moves the owner's jobs that wait behind one which has gone up by its weight.
    static func giveBack(_ db: Database, _ ordinal: Int64) throws {
        let row = try db.first(
            "SELECT owner, turn, planned_calls, call_units, is_large <> 0 AS large FROM jobs WHERE ordinal = ?",
            [ordinal])
        guard let row, var account = try fetch(db, of: row["owner"]) else { return }
        let weight = FairTurns.weight(calls: row.total("planned_calls"), unitsPerCall: row.count("call_units"))
        try db.run(
            """
            UPDATE jobs SET turn = turn_without_weight(turn, ?)
            WHERE status = 'queued' AND +owner = ? AND (is_large <> 0) = ? AND (turn, ordinal) > (?, ?)
            """, [weight, row["owner"], row["large"], row["turn"], ordinal])
        account.giveBack(weight: weight, isLarge: row["large"])
        try store(db, account, of: row["owner"])
    }
}
