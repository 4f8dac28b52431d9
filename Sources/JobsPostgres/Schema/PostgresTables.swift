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
}
