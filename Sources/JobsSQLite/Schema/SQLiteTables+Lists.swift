// What is told of many jobs.
extension SQLiteTables {
    /// A page of the jobs of one kind, or of one model, looks at these alone.
    static let lists = """
        CREATE INDEX jobs_by_kind ON jobs (kind, ordinal);
        CREATE INDEX jobs_by_model ON jobs (model, ordinal);
        """

    /// What has happened to jobs, in its order: an image is stored, or (without one) the job has ended. AUTOINCREMENT,
    /// so that no number is used twice, whatever goes. Triggers, so that no statement can forget it.
    static let occurrences = """
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
    static let gallery = """
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

    /// The retention policy adds up what jobs take without reading their rows, and a list of an owner's jobs that have
    /// failed looks at these alone.
    static let ends = """
        DROP INDEX jobs_by_end;
        CREATE INDEX jobs_by_end ON jobs (finished_at, ordinal, is_pinned, stored_bytes) WHERE finished_at IS NOT NULL;
        CREATE INDEX ended_jobs_by_owner ON jobs (owner, status, ordinal) WHERE finished_at IS NOT NULL;
        """
}
