import Bytes

/// Bytes that lie outside of the database which names them, each under the SHA-256 of its content. Where one is, it is
/// whole: it gets its name when all of it is on the disk.
///
/// Who may remove what is decided by the database. Every method may be called from any thread and by any number of
/// processes at the same time, and blocks for as long as the place takes.
public protocol BlobStore: Sendable {
    /// Where it is, for people; without a secret.
    var place: String { get }

    /// What was written here by `claim`; nil where nothing was.
    /// - Throws: `unavailable`.
    func identity() throws(BlobError) -> String?

    /// Writes down whose place this is, unless somebody has.
    /// - Throws: `full`, `unavailable`.
    func claim(_ identity: String) throws(BlobError)

    /// Keeps `content`, whose digest is `name`. It is on the disk when this returns, also if it was there already.
    /// - Throws: `full`, `unavailable`.
    func put(_ content: [UInt8], _ name: Digest) throws(BlobError)

    /// What was put under a name; its digest has been looked at.
    /// - Parameter byteCount: how long it is.
    /// - Throws: `missing`, `damaged`, `unavailable`.
    func content(of name: Digest, byteCount: Int) throws(BlobError) -> [UInt8]

    /// Removes what has a name, if anything has. Does so soon or not at all: within some fifteen seconds nothing is
    /// left under way that could remove it later, as far as that is in this program's hands.
    /// - Throws: `unavailable`.
    func remove(_ name: Digest) throws(BlobError)

    /// The names that begin with a byte, in order.
    /// - Throws: `unavailable`.
    func names(beginningWith byte: UInt8) throws(BlobError) -> [Digest]

    /// Removes what processes that died have left half written, some hours after.
    /// - Throws: `unavailable`.
    func removeLeftovers() throws(BlobError)

    /// Whether something could be put now, found out by doing something like it.
    /// - Throws: `full`, `unavailable`: why not, and what to do.
    func checkWritable() throws(BlobError)
}

/// Why a place of blobs did not do what it was asked.
public enum BlobError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No space left.
    case full(String)
    /// It does not answer as it should.
    case unavailable(String)
    /// There is nothing of this name.
    case missing(String)
    /// What has the name has another content.
    case damaged(String)

    public var description: String {
        switch self {
        case .full(let text), .unavailable(let text), .missing(let text), .damaged(let text): text
        }
    }

    /// Whether it is what was asked for that is not there, and not the place that does not work.
    public var isOfContent: Bool {
        switch self {
        case .missing, .damaged: true
        case .full, .unavailable: false
        }
    }

    /// - Returns: `content` if it is what its name says.
    /// - Throws: `damaged`.
    static func checked(_ content: [UInt8], _ name: Digest, place: String) throws(BlobError) -> [UInt8] {
        let digest = Digest(of: content)
        guard digest == name else {
            throw .damaged("\(place): expected bytes with the SHA-256 \(name), got \(digest)")
        }
        return content
    }
}

extension Digest {
    /// Under which a blob lies: in a folder of its first byte, so that none has too many.
    var blobPath: String {
        let name = hexadecimal
        return "\(name.prefix(2))/\(name)"
    }
}
