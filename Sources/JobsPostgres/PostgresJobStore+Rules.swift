import Jobs

// The rules of `JobRules` and `FairTurns` where one statement keeps them for many rows, or for one that nobody reads
// before. Others are functions in the database (`PostgresTables.jobs`).
extension PostgresJobStore {
    static let nextVersion = "version = next_version(version)"

    static let noLease = "lease = NULL, lease_owner = NULL, lease_expires_at = NULL"

    /// `JobRules.fruitlessAttempts`, to be set.
    /// - Parameter steps: the steps now; the row has those before.
    static func fruitlessAttempts(stepsNow steps: String) -> String {
        "fruitless_attempts = CASE WHEN \(steps) > image_steps THEN 0 ELSE fruitless_attempts END"
    }

    /// `FairTurns.turn(_:withoutWeight:)`, to be set.
    static func turn(withoutWeight weight: String) -> String {
        "turn = greatest(0, least(greatest(turn, 0), \(FairTurns.last)) - \(weight))"
    }
}

extension JobRow {
    /// What is queued for those who ask (`JobRules.status`): nothing of it has been computed in its present attempt.
    /// `status` is named first so that the index of open jobs serves.
    static let isWaiting = "(status IN ('queued', 'running') AND NOT has_begun)"

    static let isComputed = "(status = 'running' AND has_begun)"

    /// The jobs that wait, counted from two indices.
    static let numberWaiting = """
        ((SELECT count(*) FROM jobs WHERE status = 'queued')
            + (SELECT count(*) FROM jobs WHERE status = 'running' AND NOT has_begun))
        """

    /// The jobs that wait of one size and before a place in the order of turns, counted likewise.
    /// - Parameters:
    ///   - isLarge: what says the size.
    ///   - place: turn and ordinal.
    static func numberAhead(isLarge: String, place: String) -> String {
        func count(_ status: String) -> String {
            """
            (SELECT count(*) FROM jobs AS others WHERE others.\(status) AND others.is_large = \(isLarge)
                AND (others.turn, others.ordinal) < (\(place)))
            """
        }
        return "(\(count("status = 'queued'")) + \(count("status = 'running' AND NOT others.has_begun")))"
    }
}
