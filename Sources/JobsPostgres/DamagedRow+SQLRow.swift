import Jobs

extension DamagedRow {
    /// - Parameter row: `ordinal`, `id` and `status` of a job.
    /// - Throws: `damagedRow` where a row has no readable id or status.
    static func check(_ row: SQLRow) throws(JobStoreError) -> (id: JobID, status: JobStatus) {
        try check(row.integer("ordinal") ?? 0, id: row.text("id"), status: row.text("status"))
    }
}
