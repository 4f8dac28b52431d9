/// What a reader of PNG files accepts; each is checked before memory is taken.
public struct PNGLimits: Sendable, Equatable {
    /// Width times height. A decoded pixel takes at most 16 bytes while decoding.
    public var pixels: Int
    /// Chunks of any kind; a file of more is refused.
    public var chunks: Int
    /// Bytes of one text chunk; longer ones are passed over, unread.
    public var textBytes: Int
    /// Text chunks read; more are passed over.
    public var textChunks: Int

    public init(pixels: Int = 4096 * 4096, chunks: Int = 1 << 16, textBytes: Int = 1 << 20, textChunks: Int = 64) {
        self.pixels = pixels
        self.chunks = chunks
        self.textBytes = textBytes
        self.textChunks = textChunks
    }

    func check(_ header: PNGHeader) throws(ImageError) {
        // Whatever is asked for: beyond 2^32 pixels the sizes that are reckoned from them would not be numbers any
        // more.
        let most = min(pixels, 1 << 32)
        guard header.pixels <= most else {
            throw ImageError(
                .overLimit, "picture", expected: "at most \(most) pixels",
                got: "\(header.width)x\(header.height) = \(header.pixels)")
        }
    }
}
