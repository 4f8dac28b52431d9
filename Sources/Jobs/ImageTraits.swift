/// What is known of an image beside its bytes.
public struct ImageTraits: Hashable, Sendable {
    /// The size of an image and how finely it is graded.
    public struct Format: Hashable, Sendable {
        public var width: Int
        public var height: Int
        public var bitDepth: Int

        public init(width: Int, height: Int, bitDepth: Int) {
            (self.width, self.height, self.bitDepth) = (width, height, bitDepth)
        }
    }

    /// The seed's decimal digits: 64 bits do not survive every JSON reader.
    public var seed: String
    public var format: Format
    /// SHA-256 of the bytes in hexadecimal.
    public var sha256: String
    public var mediaType: String
    /// What is said of the image beside its bytes, as JSON; opaque here.
    public var report: [UInt8]?

    public init(seed: String, format: Format, sha256: String, mediaType: String, report: [UInt8]? = nil) {
        (self.seed, self.format, self.sha256) = (seed, format, sha256)
        (self.mediaType, self.report) = (mediaType, report)
    }

    public var width: Int { format.width }
    public var height: Int { format.height }
    public var bitDepth: Int { format.bitDepth }
}
