extension PostgresTables {
    /// Jobs that several processes share have their images here, in ranges from `first` to the one before `past`, until
    /// they are made: each range with its own lease, or free (`lease` is null). `jobs.lease` of such a job says
    /// `parts`, and `jobs.lease_expires_at` is the latest end of all. The totals are those of the range's images as far
    /// as `jobs` has them, the time aside, which is of the present lease.
    static let parts = """
        CREATE TABLE parts (
            job bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
            first bigint NOT NULL CHECK (first >= 0),
            past bigint NOT NULL CHECK (past > first),
            lease text COLLATE "C",
            lease_owner text COLLATE "C",
            lease_expires_at bigint,
            attempt bigint NOT NULL DEFAULT 0,
            fruitless_attempts bigint NOT NULL DEFAULT 0,
            images_done bigint NOT NULL DEFAULT 0,
            image_steps bigint NOT NULL DEFAULT 0,
            network_calls bigint NOT NULL DEFAULT 0,
            compute_ns bigint NOT NULL DEFAULT 0,
            PRIMARY KEY (job, first),
            CHECK ((lease IS NULL) = (lease_expires_at IS NULL)),
            CHECK ((lease IS NULL) = (lease_owner IS NULL))
        ) WITH (fillfactor = 80);
        CREATE INDEX parts_free ON parts (job, first) WHERE lease IS NULL;

        """
}
