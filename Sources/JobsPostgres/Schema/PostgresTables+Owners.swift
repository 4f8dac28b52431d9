extension PostgresTables {
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
}
