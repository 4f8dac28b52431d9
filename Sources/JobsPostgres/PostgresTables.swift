/// The tables as they were first. Milliseconds are since 1970, by the database's clock.
enum PostgresTables {
    /// `ordinal` is the order of acceptance. `status` says `running` for a job that is leased; `has_begun`, whether
    /// anything of it has been computed under that lease. `last_lease` is that under which the job has ended: whoever
    /// lost the answer to his commit finds it there. The functions are the rules of `JobRules`.
    static let jobs = """
        CREATE FUNCTION next_version(version bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
        RETURN ((version >> 32) + 1) << 32;
        CREATE FUNCTION started_attempts(attempts bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
        RETURN least(greatest(attempts, 0), 1099511627776) + 1;
        CREATE FUNCTION released_attempts(attempts bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
        RETURN greatest(least(attempts, 1099511627776) - 1, 0);
        CREATE FUNCTION moment(given bigint) RETURNS bigint LANGUAGE sql VOLATILE
        RETURN coalesce(given, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint);

        CREATE TABLE jobs (
            ordinal bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id text COLLATE "C" NOT NULL UNIQUE
                CHECK (id ~ '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'),
            kind text COLLATE "C" NOT NULL,
            status text COLLATE "C" NOT NULL DEFAULT 'queued'
                CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
            model text COLLATE "C" NOT NULL,
            weights_sha256 text COLLATE "C" NOT NULL,
            request bytea NOT NULL,
            run bytea,
            created_at bigint NOT NULL,
            started_at bigint,
            finished_at bigint,
            images bigint NOT NULL CHECK (images > 0),
            steps bigint NOT NULL CHECK (steps >= 0),
            planned_calls bigint NOT NULL CHECK (planned_calls >= 0),
            call_units bigint NOT NULL,
            is_large boolean NOT NULL,
            images_done bigint NOT NULL DEFAULT 0,
            image_steps bigint NOT NULL DEFAULT 0,
            network_calls bigint NOT NULL DEFAULT 0,
            compute_ns bigint NOT NULL DEFAULT 0,
            attempt bigint NOT NULL DEFAULT 0,
            fruitless_attempts bigint NOT NULL DEFAULT 0,
            resumed_from_step bigint,
            error bytea,
            stored_bytes bigint NOT NULL,
            arithmetic text COLLATE "C" NOT NULL DEFAULT '',
            owner text COLLATE "C" NOT NULL DEFAULT '',
            turn bigint NOT NULL DEFAULT 0,
            version bigint NOT NULL DEFAULT 0,
            has_begun boolean NOT NULL DEFAULT false,
            is_pinned boolean NOT NULL DEFAULT false,
            lease text COLLATE "C",
            lease_owner text COLLATE "C",
            lease_expires_at bigint,
            last_lease text COLLATE "C",
            CHECK ((status = 'running') = (lease IS NOT NULL)),
            CHECK ((status IN ('succeeded', 'failed', 'cancelled')) = (finished_at IS NOT NULL))
        ) WITH (fillfactor = 80);
        CREATE INDEX jobs_queued ON jobs (is_large, turn, ordinal) WHERE status = 'queued';
        CREATE INDEX jobs_open ON jobs (ordinal) WHERE status IN ('queued', 'running');
        CREATE INDEX jobs_running ON jobs (ordinal) WHERE status = 'running';
        CREATE INDEX jobs_by_status ON jobs (status, ordinal);
        CREATE INDEX jobs_by_end ON jobs (finished_at, ordinal) WHERE finished_at IS NOT NULL;
        CREATE INDEX jobs_by_kind ON jobs (kind, ordinal);
        CREATE INDEX jobs_by_model ON jobs (model, ordinal);
        CREATE INDEX jobs_by_owner ON jobs (owner, ordinal);

        CREATE FUNCTION terminal_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the status of a job that has ended is final'; END $$;
        CREATE TRIGGER terminal_is_final BEFORE UPDATE OF status ON jobs FOR EACH ROW
        WHEN (OLD.status IN ('succeeded', 'failed', 'cancelled')) EXECUTE FUNCTION terminal_is_final();

        CREATE TABLE idempotency_keys (
            scope text COLLATE "C" NOT NULL,
            key text COLLATE "C" NOT NULL,
            digest text NOT NULL,
            job bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
            PRIMARY KEY (scope, key)
        );
        CREATE INDEX idempotency_keys_by_job ON idempotency_keys (job);

        CREATE TABLE tombstones (
            id text COLLATE "C" PRIMARY KEY,
            why text NOT NULL CHECK (why IN ('deleted', 'expired')),
            removed_at bigint NOT NULL,
            owner text COLLATE "C" NOT NULL DEFAULT ''
        );
        CREATE INDEX tombstones_by_age ON tombstones (removed_at);

        CREATE TABLE probe (count bigint NOT NULL);
        INSERT INTO probe VALUES (0);

        """

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

    /// What is counted of each owner; and the audit log, each row with the digest of the one before it.
    ///
    /// What is to be written down is in `audit_pending` with the transaction that does it. The chain is made of these
    /// afterwards, under the lock of the table: if each transaction waited for the digest of the one before, no two
    /// could reach the disk together.
    static let owners = """
        CREATE TABLE accounts (
            owner text COLLATE "C" PRIMARY KEY,
            bucket_full_at bigint NOT NULL,
            day bigint NOT NULL,
            images bigint NOT NULL,
            steps bigint NOT NULL,
            small_turn bigint NOT NULL,
            large_turn bigint NOT NULL
        );

        CREATE TABLE audit (
            sequence bigint PRIMARY KEY,
            at bigint NOT NULL,
            who text NOT NULL,
            action text NOT NULL,
            job text NOT NULL,
            owner text NOT NULL,
            recipe text NOT NULL,
            outcome text NOT NULL,
            previous text NOT NULL,
            digest text NOT NULL
        );
        CREATE TABLE audit_pending (
            entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            at bigint NOT NULL,
            who text NOT NULL,
            action text NOT NULL,
            job text NOT NULL,
            owner text NOT NULL,
            recipe text NOT NULL,
            outcome text NOT NULL
        );
        CREATE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the audit log is neither changed nor shortened'; END $$;
        CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
        FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept();

        """

    /// The processes that share the queue: what each says of itself, and when it was last heard of.
    static let workers = """
        CREATE TABLE workers (
            id text COLLATE "C" PRIMARY KEY,
            name text NOT NULL,
            role text NOT NULL,
            version text NOT NULL,
            arithmetic text NOT NULL,
            cores bigint NOT NULL,
            active_jobs bigint NOT NULL,
            is_draining boolean NOT NULL,
            started_at bigint NOT NULL,
            seen_at bigint NOT NULL
        ) WITH (fillfactor = 50);
        CREATE TABLE worker_models (
            worker text COLLATE "C" NOT NULL REFERENCES workers ON DELETE CASCADE,
            model text COLLATE "C" NOT NULL,
            weights_sha256 text COLLATE "C" NOT NULL,
            ns_per_call double precision,
            PRIMARY KEY (worker, model)
        );

        """

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
