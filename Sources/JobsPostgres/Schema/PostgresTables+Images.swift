extension PostgresTables {
    /// An input lives as long as a job names it. PNGs do not become smaller: they are stored as they are, aside.
    static let images = """
        CREATE TABLE images (
            job bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
            image bigint NOT NULL,
            seed text NOT NULL,
            width bigint NOT NULL,
            height bigint NOT NULL,
            bit_depth bigint NOT NULL,
            sha256 text NOT NULL,
            media_type text NOT NULL,
            calls bigint NOT NULL,
            byte_count bigint NOT NULL,
            content bytea NOT NULL,
            report bytea,
            PRIMARY KEY (job, image)
        );
        ALTER TABLE images ALTER COLUMN content SET STORAGE EXTERNAL;

        CREATE TABLE trajectories (
            job bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
            image bigint NOT NULL,
            step bigint NOT NULL,
            calls bigint NOT NULL,
            content bytea NOT NULL,
            PRIMARY KEY (job, image)
        );
        ALTER TABLE trajectories ALTER COLUMN content SET STORAGE EXTERNAL;

        CREATE TABLE inputs (
            digest text COLLATE "C" PRIMARY KEY,
            media_type text NOT NULL,
            content bytea NOT NULL
        );
        ALTER TABLE inputs ALTER COLUMN content SET STORAGE EXTERNAL;

        CREATE TABLE job_inputs (
            job bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
            name text COLLATE "C" NOT NULL,
            digest text COLLATE "C" NOT NULL REFERENCES inputs,
            PRIMARY KEY (job, name)
        );
        CREATE INDEX job_inputs_by_digest ON job_inputs (digest);

        CREATE FUNCTION unused_inputs_go() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            DELETE FROM inputs WHERE digest = OLD.digest
                AND NOT EXISTS (SELECT 1 FROM job_inputs WHERE digest = OLD.digest);
            RETURN NULL;
        END $$;
        CREATE TRIGGER unused_inputs_go AFTER DELETE ON job_inputs FOR EACH ROW EXECUTE FUNCTION unused_inputs_go();

        """
}
