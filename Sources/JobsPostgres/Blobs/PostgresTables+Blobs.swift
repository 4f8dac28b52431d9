extension PostgresTables {
    /// Images and inputs that lie outside of the database: `blob` is then the SHA-256 of the bytes, in place of
    /// `content`. `blob_place` says where, once anything is.
    ///
    /// `loose_blobs` are those that may be there without a row that names them: each is in it before it is written,
    /// until a row names it, and again when such a row goes. What stays in it is removed, and whoever is to name one
    /// takes it out in the very transaction that names it: so no one removes what another is about to name.
    static let blobs = """
        ALTER TABLE images ALTER COLUMN content DROP NOT NULL, ADD COLUMN blob text COLLATE "C";
        ALTER TABLE images ADD CHECK ((content IS NULL) = (blob IS NOT NULL)) NOT VALID;
        CREATE INDEX images_by_blob ON images (blob) WHERE blob IS NOT NULL;
        ALTER TABLE inputs ALTER COLUMN content DROP NOT NULL, ADD COLUMN blob text COLLATE "C",
            ADD COLUMN byte_count bigint;
        ALTER TABLE inputs ADD CHECK ((content IS NULL) = (blob IS NOT NULL)) NOT VALID;
        CREATE INDEX inputs_by_blob ON inputs (blob) WHERE blob IS NOT NULL;

        CREATE TABLE loose_blobs (
            name text COLLATE "C" PRIMARY KEY,
            since bigint NOT NULL
        );
        CREATE INDEX loose_blobs_by_age ON loose_blobs (since);

        CREATE TABLE blob_place (
            is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
            id text NOT NULL,
            place text NOT NULL,
            is_claimed boolean NOT NULL DEFAULT false,
            next_look_at bigint NOT NULL DEFAULT 0,
            next_byte bigint NOT NULL DEFAULT 0
        );

        CREATE FUNCTION a_blob_is_loose() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO loose_blobs (name, since) VALUES (OLD.blob, moment(NULL))
            ON CONFLICT (name) DO UPDATE SET since = greatest(loose_blobs.since, excluded.since);
            RETURN NULL;
        END $$;
        CREATE TRIGGER a_blob_is_loose AFTER DELETE ON images FOR EACH ROW WHEN (OLD.blob IS NOT NULL)
        EXECUTE FUNCTION a_blob_is_loose();
        CREATE TRIGGER a_blob_is_loose AFTER DELETE ON inputs FOR EACH ROW WHEN (OLD.blob IS NOT NULL)
        EXECUTE FUNCTION a_blob_is_loose();

        """
}
