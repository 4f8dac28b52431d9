import FoundationEssentials
import Locking

/// Credentials that may be replaced while they are in use: a file is read again when it is not the one that was read.
final class S3CredentialsSource: Sendable {
    /// By what a file is known.
    private struct Identity: Equatable {
        var modified: Date?
        var size: UInt64?
        var number: UInt64?
    }

    private struct Known {
        var identity: Identity
        var credentials: S3Credentials
        var until: ContinuousClock.Instant
    }

    private let file: String?
    private let known = Lock<Known?>(nil)
    /// After so long it is read again, should a file system not tell of a change.
    private static let lifetime = Duration.seconds(60)

    /// - Parameter file: see `S3Credentials.read`.
    init(file: String?) { self.file = file }

    /// - Throws: `unavailable`, as `S3Credentials.read`.
    func current() throws(BlobError) -> S3Credentials {
        guard let file, let identity = Self.identity(of: file) else { return try S3Credentials.read(file: file) }
        if let known = known.withLock({ $0 }), known.identity == identity, known.until > .now {
            return known.credentials
        }
        // Looked at before it is read: one that is replaced in between is read again the next time.
        let credentials = try S3Credentials.read(file: file)
        known.withLock { $0 = Known(identity: identity, credentials: credentials, until: .now + Self.lifetime) }
        return credentials
    }

    /// They were refused: what is in the file is read again, whatever it is known by.
    func forget() { known.withLock { $0 = nil } }

    /// Nil where there is no such file.
    private static func identity(of file: String) -> Identity? {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: file) else { return nil }
        return Identity(
            modified: attributes[.modificationDate] as? Date, size: number(attributes[.size]),
            number: number(attributes[.systemFileNumber]))
    }

    /// Foundation has these numbers in types of several widths.
    private static func number(_ value: Any?) -> UInt64? {
        (value as? any BinaryInteger).map { UInt64(truncatingIfNeeded: $0) }
    }
}
