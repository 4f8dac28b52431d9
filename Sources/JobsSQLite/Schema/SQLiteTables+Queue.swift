// How jobs wait and are run: by turns, under leases.
extension SQLiteTables {
    /// `status` says `running` for a job that is leased; `has_begun`, whether anything of it has been computed under
    /// that lease.
    static let turns = """
        ALTER TABLE jobs ADD COLUMN is_large INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE jobs ADD COLUMN has_begun INTEGER NOT NULL DEFAULT 0;
        """

    /// What is run of a job, fixed when it was accepted; null for the jobs that were accepted before there was this
    /// column.
    static let runs = """
        ALTER TABLE jobs ADD COLUMN run BLOB;
        """

    /// What one network evaluation takes, so that images of several sizes have one speed; 0 for the jobs that were
    /// accepted before.
    static let units = """
        ALTER TABLE jobs ADD COLUMN call_units INTEGER NOT NULL DEFAULT 0;
        """

    /// When a lease ends, in milliseconds; null where there is none, and for those that were given before there was
    /// this column: their process is dead.
    static let leases = """
        ALTER TABLE jobs ADD COLUMN lease_expires_at INTEGER;
        """

    /// To whom jobs belong, and in what order the owners take turns: `turn`, and among equal ones `ordinal`. Jobs that
    /// were accepted before belong to nobody and keep their order.
    static let owners = """
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

    /// See `NewJob.arithmetic`: a store that one process has alone does not look at it, but keeps it for the day when
    /// it is copied into one that many share.
    static let arithmetic = """
        ALTER TABLE jobs ADD COLUMN arithmetic TEXT NOT NULL DEFAULT '';
        """
}
