import Blobs
import Jobs

extension PostgresJobStore {
    public struct Configuration: Sendable {
        /// The schema that holds the tables.
        public var schema = "phantom"
        /// Connections, beside the one that listens.
        public var connections = 8
        /// How long a lease lasts unless it is renewed.
        public var leaseDuration = Duration.seconds(15)
        /// After so long the server gives a statement up.
        public var statementTimeout = Duration.seconds(30)
        /// How long a call tries again while the server is out of reach.
        public var patience = Duration.seconds(2)
        /// How often the listener looks for what it has not been told.
        public var pollInterval = Duration.seconds(2)
        /// Whether this process answers nobody: it hears of jobs by turns with its like (`PostgresListener.attend`).
        public var onlyComputes = false
        /// Whether commits may be told before they are on disk (`synchronous_commit = off`).
        public var mayForget = false
        /// Where images and inputs are put, outside of the database; nil: into it.
        public var blobs: (any BlobStore)?
        /// Told of what is not right there and is not anybody's call.
        public var onBlobTrouble: (@Sendable (_ problem: String) -> Void)?
        /// Told of each damaged row, once: what reads many rows passes over it.
        public var onDamage: (@Sendable (DamagedRow) -> Void)?
        /// Told when the server has gone and when it is back.
        public var onOutage: (@Sendable (_ problem: String?) -> Void)?

        /// So long, by the database's clock, a blob stays that no row names: that of a row which is still to be
        /// written, and that of a row which has gone.
        package var blobGrace = Duration.seconds(3_600)
        /// So long this process leaves a job to others whose inputs it could not read.
        package var inputPause = Duration.seconds(30)
        /// Whether a store into which another is being copied may be opened, to go on with it.
        var isCopy = false
        /// For tests: the time that counts in place of the database's.
        package var clock: (@Sendable () -> Timestamp)?
        /// For tests: asked after each commit whether its answer is to be lost.
        package var losesAnswer: (@Sendable () -> Bool)?

        public init() {}
    }
}
