/// The tables, as the statements of each migration.
enum SQLiteTables {
    /// Milliseconds are since 1970. `ordinal` is the order of acceptance. SQLite's STRICT tables refuse values of
    /// another type.
    static let jobs = """
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
    static let inputs = """
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
}
