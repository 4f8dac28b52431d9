// What is written down of jobs, and told to others.
extension SQLiteTables {
    /// Who has done what: see `AuditEntry`. Nothing of this program changes or removes a row, and the triggers see to
    /// it that nothing does so by mistake.
    static let audit = """
        CREATE TABLE audit (
            sequence INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            who TEXT NOT NULL,
            action TEXT NOT NULL,
            job TEXT NOT NULL,
            owner TEXT NOT NULL,
            recipe TEXT NOT NULL,
            outcome TEXT NOT NULL,
            previous TEXT NOT NULL,
            digest TEXT NOT NULL
        ) STRICT;
        CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is not changed'); END;
        CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is not shortened'); END;
        """

    /// Where the end of a job is told, and the ends that are still to be told. A delivery outlives its job. A trigger,
    /// so that each is written in the very transaction of the end.
    static let webhooks = """
        CREATE TABLE callbacks (
            job INTEGER PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
            url TEXT NOT NULL,
            events TEXT NOT NULL,
            trace TEXT
        ) STRICT;

        CREATE TABLE deliveries (
            ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
            job TEXT NOT NULL,
            kind TEXT NOT NULL,
            status TEXT NOT NULL,
            ended_at INTEGER NOT NULL,
            url TEXT NOT NULL,
            trace TEXT,
            attempts INTEGER NOT NULL DEFAULT 0,
            next_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX deliveries_by_time ON deliveries (next_at, ordinal);

        CREATE TRIGGER an_end_is_told AFTER UPDATE OF status ON jobs
        WHEN NEW.status IN ('succeeded', 'failed', 'cancelled') AND OLD.status IN ('queued', 'running')
        BEGIN
            INSERT INTO deliveries (job, kind, status, ended_at, url, trace, next_at)
            SELECT NEW.id, NEW.kind, NEW.status, NEW.finished_at, url, trace, NEW.finished_at
            FROM callbacks WHERE job = NEW.ordinal AND instr(events, NEW.status) > 0;
        END;
        """
}
