import GRDB
import Jobs

extension DamagedRow {
    /// - Throws: `damagedRow` where a row has no readable id or status.
    static func check(_ row: Row) throws(JobStoreError) -> (id: JobID, status: JobStatus) {
        try check(row["ordinal"], id: row["id"], status: row["status"])
    }
}
