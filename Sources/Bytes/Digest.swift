/// A SHA-256 digest (FIPS 180-4): 32 bytes, written as 64 lower-case hexadecimal digits.
public struct Digest: Hashable, Sendable, CustomStringConvertible {
    /// The length of every digest, in bytes.
    public static let byteCount = 32

    /// The digest itself, most significant byte first.
    public let bytes: [UInt8]

    /// Computes the digest of `content`.
    public init(of content: [UInt8]) {
        var hash = SHA256()
        hash.update(content)
        bytes = hash.finalize()
    }

    /// Computes the digest of the UTF-8 bytes of `text`.
    public init(of text: String) { self.init(of: Array(text.utf8)) }

    /// Reads a digest that was written before.
    /// - Parameter hexadecimal: 64 hexadecimal digits of either case; nil for anything else.
    public init?(hexadecimal: String) {
        guard let bytes = Hexadecimal.decode(hexadecimal), bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    fileprivate init(finishing hash: SHA256) {
        bytes = hash.finalize()
    }

    /// The digest as 64 lower-case hexadecimal digits.
    public var hexadecimal: String { Hexadecimal.encode(bytes) }

    public var description: String { hexadecimal }

    /// A digest of content that comes in pieces.
    public struct Accumulator: Sendable {
        private var hash = SHA256()

        public init() {}

        /// Appends `piece` to what the digest is of.
        public mutating func append(_ piece: [UInt8]) { hash.update(piece) }

        /// The digest of everything appended until now.
        public var digest: Digest { Digest(finishing: hash) }
    }
}
