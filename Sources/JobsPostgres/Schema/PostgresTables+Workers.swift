extension PostgresTables {
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
}
