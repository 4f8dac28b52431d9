import Blobs

extension Configuration {
    /// Where the bytes of images and inputs are kept, with a database that several processes share.
    public struct Images: Sendable, Equatable {
        public enum Kind: String, Sendable, CaseIterable { case database, directory, s3 }

        public var kind = Kind.database
        /// Of the directory.
        public var path: String?
        /// Of the bucket, as `S3Settings` has them.
        public var endpoint: String?
        public var bucket: String?
        public var region = "us-east-1"
        public var prefix = ""
        public var pathStyle = false
        public var credentialsFile: String?

        public init() {}
    }

    /// Refuses a place of images that is not said, or that the database cannot have.
    public func validateImages() throws(ConfigurationError) {
        guard images.kind != .database else { return }
        if case .sqlite = database {
            throw ConfigurationError(
                source: "images", pointer: "/images/kind",
                expected: """
                    images in the database, since SQLite keeps them in its file (or `database`: \
                    postgres://USER@HOST/DATABASE)
                    """, got: images.kind.rawValue)
        }
        let needed: [(name: String, value: String?, expected: String)] =
            images.kind == .directory
            ? [("path", images.path, "the directory that all processes have the images in")]
            : [
                ("endpoint", images.endpoint, "the address of the server: https://HOST"),
                ("bucket", images.bucket, "the name of the bucket"),
            ]
        for (name, value, expected) in needed where value == nil {
            throw ConfigurationError(
                source: "images", pointer: "/images/\(name)", expected: expected, got: "nothing")
        }
    }

    /// Nil where images are in the database itself.
    /// - Throws: as `validateImages`.
    func blobs() throws(ConfigurationError) -> (any BlobStore)? {
        try validateImages()
        switch images.kind {
        case .database: return nil
        case .directory: return images.path.map { DirectoryBlobs(path: $0) }
        case .s3:
            var settings = S3Settings(
                endpoint: images.endpoint ?? "", bucket: images.bucket ?? "", region: images.region,
                prefix: images.prefix, pathStyle: images.pathStyle)
            settings.credentialsFile = images.credentialsFile
            return S3Blobs(settings)
        }
    }
}
