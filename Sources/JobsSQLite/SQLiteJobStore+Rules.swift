import Jobs

// The rules of `JobRules` where one statement keeps them for many rows; the others are functions (`RuleFunctions`).
extension SQLiteJobStore {
    /// What is queued for those who ask (`JobRules.status`): nothing of it has been computed in its present attempt.
    ///
    /// Jobs that have not ended are few, and all that are kept may be one owner's, of one model. SQLite has no
    /// statistics of the rows and would take the index of those. So a column of theirs that stands beside such a status
    /// has a plus, which keeps its index out of the plan (`+owner = ?`): what is done with open jobs costs as much as
    /// there are of these, however many have ended.
    static let isWaiting = "(status = 'queued' OR \(hasPlace))"

    /// Of what waits, that which is leased.
    static let hasPlace = "(status = 'running' AND has_begun = 0)"

    static let isComputed = "(status = 'running' AND has_begun <> 0)"

    static let nextVersion = "version = next_version(version)"

    static let noLease = "lease = NULL, lease_owner = NULL, lease_expires_at = NULL"
}
