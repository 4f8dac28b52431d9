import Jobs

/// The audit log of a store that several share.
extension PostgresJobStore {
    /// Takes away the entries up to one, that one included, and writes down that this was done, in one transaction;
    /// beside whatever processes use the store.
    /// - Throws: `unusableStore` where there is no such entry with this digest; `storeFull`, `storeUnavailable`.
    public func shortenAudit(through anchor: AuditAnchor, at now: Timestamp) throws(JobStoreError) {
        _ = try audit(after: 0, limit: 1)
        try write { connection, _ in
            // Nobody chains an entry meanwhile, and the trigger, which is everybody's, is off for this transaction
            // alone.
            try connection.runScript(
                "LOCK TABLE audit IN ACCESS EXCLUSIVE MODE; ALTER TABLE audit DISABLE TRIGGER audit_is_kept")
            guard let last = try AuditRow.fetch(connection, after: anchor.sequence - 1, limit: 1).first,
                last.sequence == anchor.sequence, last.digest == anchor.digest
            else {
                throw JobStoreError.unusableStore(
                    path: place, reason: "entry \(anchor.sequence) of its audit log is not what was archived")
            }
            let newest = try connection.run("SELECT sequence, digest FROM audit ORDER BY sequence DESC LIMIT 1").rows
                .first.map { (sequence: $0.integer("sequence") ?? 0, digest: $0.text("digest")) }
            try AuditRow.insert(
                connection, [AuditEntry(AuditEntry.Event(shortenedThrough: last), at: now, after: newest)])
            try connection.run("DELETE FROM audit WHERE sequence <= $1", [.integer(anchor.sequence)])
            try connection.runScript("ALTER TABLE audit ENABLE TRIGGER audit_is_kept")
        }
    }
}
