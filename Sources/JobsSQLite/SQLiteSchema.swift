import GRDB
import Jobs

/// The tables, as named migrations. Append only: a migration that has shipped is never changed.
enum SQLiteSchema {
    /// Stands among the migrations of a store into which another is being copied, so that no service, of whatever
    /// version, opens it before all is there.
    static let unfinishedCopy = "unfinished copy"

    /// - Parameter isCopy: whether a copy into the store may be gone on with.
    /// - Throws: `unusableStore` when a newer version has made the file, or a copy into it was not finished.
    static func migrate(_ queue: DatabaseQueue, path: String, isCopy: Bool = false) throws {
        let state = try queue.read(state)
        try refuse(state, path: path, isCopy: isCopy)
        if state != .unfinishedCopy { try migrator.migrate(queue) }
    }

    /// - Throws: as `migrate`.
    static func refuse(_ state: State, path: String, isCopy: Bool) throws(JobStoreError) {
        switch state {
        case .newer: throw newer(path)
        case .unfinishedCopy where !isCopy:
            throw .unusableStore(
                path: path,
                reason: """
                    another store was being copied into it, and not to the end: give the same \
                    phantom store copy again, or remove it
                    """)
        case .present, .earlier, .unfinishedCopy: break
        }
    }

    static func newer(_ path: String) -> JobStoreError {
        .unusableStore(
            path: path, reason: "it was written by a newer version of this program, which has tables unknown here")
    }

    /// What a file's tables are to this version.
    enum State: Hashable {
        case present, newer, unfinishedCopy
        /// They lack migrations of this version: all, where there is nothing in the file.
        case earlier(last: String?)
    }

    static func state(_ db: Database) throws -> State {
        let applied = try migrator.appliedIdentifiers(db)
        if applied.contains(unfinishedCopy) { return .unfinishedCopy }
        let known = migrator.migrations
        if !applied.isSubset(of: known) { return .newer }
        return applied.count == known.count ? .present : .earlier(last: known.last(where: applied.contains))
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("jobs") { db in try db.execute(sql: jobs) }
        migrator.registerMigration("inputs") { db in try db.execute(sql: inputs) }
        migrator.registerMigration("lists") { db in try db.execute(sql: lists) }
        migrator.registerMigration("turns") { db in try db.execute(sql: turns) }
        migrator.registerMigration("runs") { db in try db.execute(sql: runs) }
        migrator.registerMigration("units") { db in try db.execute(sql: units) }
        migrator.registerMigration("leases") { db in try db.execute(sql: leases) }
        migrator.registerMigration("occurrences") { db in try db.execute(sql: occurrences) }
        migrator.registerMigration("gallery") { db in try db.execute(sql: gallery) }
        migrator.registerMigration("owners") { db in try db.execute(sql: owners) }
        migrator.registerMigration("audit") { db in try db.execute(sql: audit) }
        migrator.registerMigration("webhooks") { db in try db.execute(sql: webhooks) }
        migrator.registerMigration("arithmetic") { db in try db.execute(sql: arithmetic) }
        migrator.registerMigration("ends") { db in try db.execute(sql: ends) }
        return migrator
    }

    /// Milliseconds are since 1970. `ordinal` is the order of acceptance. SQLite's STRICT tables refuse values of
    /// another type.
    private static let jobs = """
        CREATE TABLE jobs (
            ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
            model TEXT NOT NULL,
            weights_sha256 TEXT NOT NULL,
            request BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            started_at INTEGER,
            finished_at INTEGER,
            images INTEGER NOT NULL CHECK (images > 0),
            steps INTEGER NOT NULL CHECK (steps >= 0),
            planned_calls INTEGER NOT NULL CHECK (planned_calls >= 0),
            images_done INTEGER NOT NULL DEFAULT 0,
            image_steps INTEGER NOT NULL DEFAULT 0,
            network_calls INTEGER NOT NULL DEFAULT 0,
            compute_ns INTEGER NOT NULL DEFAULT 0,
            attempt INTEGER NOT NULL DEFAULT 0,
            fruitless_attempts INTEGER NOT NULL DEFAULT 0,
            resumed_from_step INTEGER,
            error BLOB,
            stored_bytes INTEGER NOT NULL,
            version INTEGER NOT NULL DEFAULT 0,
            lease TEXT,
            lease_owner TEXT,
            CHECK ((status = 'running') = (lease IS NOT NULL)),
            CHECK ((status IN ('succeeded', 'failed', 'cancelled')) = (finished_at IS NOT NULL))
        ) STRICT;
        CREATE INDEX jobs_by_status ON jobs (status, ordinal);
        CREATE INDEX jobs_by_end ON jobs (finished_at) WHERE finished_at IS NOT NULL;

        CREATE TRIGGER terminal_is_final BEFORE UPDATE OF status ON jobs
        WHEN OLD.status IN ('succeeded', 'failed', 'cancelled')
        BEGIN SELECT RAISE(ABORT, 'the status of a job that has ended is final'); END;

        CREATE TABLE images (
            job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
            image INTEGER NOT NULL,
            seed TEXT NOT NULL,
            width INTEGER NOT NULL,
            height INTEGER NOT NULL,
            bit_depth INTEGER NOT NULL,
            sha256 TEXT NOT NULL,
            media_type TEXT NOT NULL,
            calls INTEGER NOT NULL,
            byte_count INTEGER NOT NULL,
            content BLOB NOT NULL,
            PRIMARY KEY (job, image)
        ) STRICT;

        CREATE TABLE trajectories (
            job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
            image INTEGER NOT NULL,
            step INTEGER NOT NULL,
            calls INTEGER NOT NULL,
            content BLOB NOT NULL,
            PRIMARY KEY (job, image)
        ) STRICT;

        CREATE TABLE idempotency_keys (
            scope TEXT NOT NULL,
            key TEXT NOT NULL,
            digest TEXT NOT NULL,
            job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
            PRIMARY KEY (scope, key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX idempotency_keys_by_job ON idempotency_keys (job);

        CREATE TABLE tombstones (
            id TEXT PRIMARY KEY,
            why TEXT NOT NULL CHECK (why IN ('deleted', 'expired')),
            removed_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX tombstones_by_age ON tombstones (removed_at);

        CREATE TABLE probe (count INTEGER NOT NULL) STRICT;
        INSERT INTO probe VALUES (0);
        """

    /// An input lives as long as a job names it. `report` is what is said of an image beside its bytes.
    private static let inputs = """
        CREATE TABLE inputs (
            digest TEXT PRIMARY KEY,
            media_type TEXT NOT NULL,
            content BLOB NOT NULL
        ) STRICT;

        CREATE TABLE job_inputs (
            job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
            name TEXT NOT NULL,
            digest TEXT NOT NULL REFERENCES inputs,
            PRIMARY KEY (job, name)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX job_inputs_by_digest ON job_inputs (digest);

        CREATE TRIGGER unused_inputs_go AFTER DELETE ON job_inputs
        WHEN NOT EXISTS (SELECT 1 FROM job_inputs WHERE digest = OLD.digest)
        BEGIN DELETE FROM inputs WHERE digest = OLD.digest; END;

        ALTER TABLE images ADD COLUMN report BLOB;
        """

    /// A page of the jobs of one kind, or of one model, looks at these alone.
    private static let lists = """
        CREATE INDEX jobs_by_kind ON jobs (kind, ordinal);
        CREATE INDEX jobs_by_model ON jobs (model, ordinal);
        """

    /// `status` says `running` for a job that is leased; `has_begun`, whether anything of it has been computed under
    /// that lease.
    private static let turns = """
        ALTER TABLE jobs ADD COLUMN is_large INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE jobs ADD COLUMN has_begun INTEGER NOT NULL DEFAULT 0;
        """

    /// What is run of a job, fixed when it was accepted; null for the jobs that were accepted before there was this
    /// column.
    private static let runs = """
        ALTER TABLE jobs ADD COLUMN run BLOB;
        """

    /// What one network evaluation takes, so that images of several sizes have one speed; 0 for the jobs that were
    /// accepted before.
    private static let units = """
        ALTER TABLE jobs ADD COLUMN call_units INTEGER NOT NULL DEFAULT 0;
        """

    /// When a lease ends, in milliseconds; null where there is none, and for those that were given before there was
    /// this column: their process is dead.
    private static let leases = """
        ALTER TABLE jobs ADD COLUMN lease_expires_at INTEGER;
        """

    /// What has happened to jobs, in its order: an image is stored, or (without one) the job has ended. AUTOINCREMENT,
    /// so that no number is used twice, whatever goes. Triggers, so that no statement can forget it.
    private static let occurrences = """
        CREATE TABLE occurrences (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
            image INTEGER
        ) STRICT;
        CREATE INDEX occurrences_by_job ON occurrences (job, sequence);
        INSERT INTO occurrences (job)
        SELECT ordinal FROM jobs WHERE finished_at IS NOT NULL ORDER BY finished_at, ordinal;

        CREATE TRIGGER an_image_occurs AFTER INSERT ON images
        BEGIN INSERT INTO occurrences (job, image) VALUES (NEW.job, NEW.image); END;

        CREATE TRIGGER an_end_occurs AFTER UPDATE OF status ON jobs
        WHEN NEW.status IN ('succeeded', 'failed', 'cancelled') AND OLD.status IN ('queued', 'running')
        BEGIN INSERT INTO occurrences (job) VALUES (NEW.ordinal); END;
        """

    /// By which images are found: of jobs that were accepted before, what their requests say. Pinned jobs are kept
    /// from the retention policy.
    private static let gallery = """
        CREATE TABLE job_labels (
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
            PRIMARY KEY (name, value, job)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX job_labels_by_job ON job_labels (job);
        INSERT OR IGNORE INTO job_labels
            SELECT attribute.key, CAST(attribute.value AS TEXT), ordinal
            FROM (SELECT ordinal, CAST(request AS TEXT) AS request FROM jobs) AS accepted
            JOIN json_each(
                CASE WHEN json_valid(accepted.request) THEN accepted.request ELSE '{}' END, '$.condition') AS attribute
            WHERE attribute.type IN ('text', 'integer', 'real');
        INSERT OR IGNORE INTO job_labels
            SELECT attribute.key, CAST(element.value AS TEXT), ordinal
            FROM (SELECT ordinal, CAST(request AS TEXT) AS request FROM jobs) AS accepted
            JOIN json_each(
                CASE WHEN json_valid(accepted.request) THEN accepted.request ELSE '{}' END, '$.condition') AS attribute
            JOIN json_each(CASE WHEN attribute.type = 'array' THEN attribute.value ELSE '[]' END) AS element
            WHERE attribute.type = 'array' AND element.type IN ('text', 'integer', 'real');

        ALTER TABLE jobs ADD COLUMN is_pinned INTEGER NOT NULL DEFAULT 0;
        """

    /// To whom jobs belong, and in what order the owners take turns: `turn`, and among equal ones `ordinal`. Jobs that
    /// were accepted before belong to nobody and keep their order.
    private static let owners = """
        ALTER TABLE jobs ADD COLUMN owner TEXT NOT NULL DEFAULT '';
        ALTER TABLE jobs ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE tombstones ADD COLUMN owner TEXT NOT NULL DEFAULT '';
        CREATE INDEX jobs_by_owner ON jobs (owner, ordinal);
        CREATE INDEX jobs_by_turn ON jobs (turn, ordinal) WHERE status = 'queued';

        CREATE TABLE accounts (
            owner TEXT PRIMARY KEY,
            bucket_full_at INTEGER NOT NULL,
            day INTEGER NOT NULL,
            images INTEGER NOT NULL,
            steps INTEGER NOT NULL,
            small_turn INTEGER NOT NULL,
            large_turn INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// Who has done what: see `AuditEntry`. Nothing of this program changes or removes a row, and the triggers see to
    /// it that nothing does so by mistake.
    private static let audit = """
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
    private static let webhooks = """
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

    /// See `NewJob.arithmetic`: a store that one process has alone does not look at it, but keeps it for the day when
    /// it is copied into one that many share.
    private static let arithmetic = """
        ALTER TABLE jobs ADD COLUMN arithmetic TEXT NOT NULL DEFAULT '';
        """

    /// The retention policy adds up what jobs take without reading their rows, and a list of an owner's jobs that have
    /// failed looks at these alone.
    private static let ends = """
        DROP INDEX jobs_by_end;
        CREATE INDEX jobs_by_end ON jobs (finished_at, ordinal, is_pinned, stored_bytes) WHERE finished_at IS NOT NULL;
        CREATE INDEX ended_jobs_by_owner ON jobs (owner, status, ordinal) WHERE finished_at IS NOT NULL;
        """
}
