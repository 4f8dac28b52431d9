extension PostgresTables {
    /// What has happened to jobs: an image is stored, or (without one) the job has ended. Triggers, so that no
    /// statement can forget it.
    ///
    /// A number from a sequence is drawn before its transaction is there for others, so that a later number may be
    /// seen before an earlier one, and whoever asks for what came after it would miss the earlier. So `sequence` is
    /// given afterwards, to what has been committed, under the lock of `occurrence_head`.
    static let lists = """
        CREATE TABLE occurrences (
            entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            sequence bigint UNIQUE,
            job bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
            image bigint
        );
        CREATE INDEX occurrences_by_job ON occurrences (job, sequence);
        CREATE INDEX occurrences_unnumbered ON occurrences (entry) WHERE sequence IS NULL;
        CREATE TABLE occurrence_head (latest bigint NOT NULL);
        INSERT INTO occurrence_head VALUES (0);

        CREATE FUNCTION an_image_occurs() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO occurrences (job, image) VALUES (NEW.job, NEW.image); RETURN NULL; END $$;
        CREATE TRIGGER an_image_occurs AFTER INSERT ON images FOR EACH ROW EXECUTE FUNCTION an_image_occurs();

        CREATE FUNCTION an_end_occurs() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO occurrences (job) VALUES (NEW.ordinal); RETURN NULL; END $$;
        CREATE TRIGGER an_end_occurs AFTER UPDATE OF status ON jobs FOR EACH ROW
        WHEN (NEW.status IN ('succeeded', 'failed', 'cancelled') AND OLD.status IN ('queued', 'running'))
        EXECUTE FUNCTION an_end_occurs();

        CREATE TABLE job_labels (
            name text COLLATE "C" NOT NULL,
            value text COLLATE "C" NOT NULL,
            job bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
            PRIMARY KEY (name, value, job)
        );
        CREATE INDEX job_labels_by_job ON job_labels (job);

        """
}
