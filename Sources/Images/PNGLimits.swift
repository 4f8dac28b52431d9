/// What a reader of PNG files accepts; each is checked before memory is taken.
public struct PNGLimits: Sendable, Equatable {
    /// Width times height. A decoded pixel takes at most 16 bytes while decoding.
    public var pixels: Int
    /// Bytes of one text chunk; longer ones are passed over, unread.
    public var textBytes: Int
    /// Text chunks read; more are passed over.
    public var textChunks: Int

    public init(pixels: Int = 4096 * 4096, textBytes: Int = 1 << 20, textChunks: Int = 64) {
        self.pixels = pixels
        self.textBytes = textBytes
        self.textChunks = textChunks
    }

    func check(_ header: PNGHeader) throws(ImageError) {
        guard header.pixels <= pixels else {
            throw ImageError(
                .overLimit, "picture", expected: "at most \(pixels) pixels",
                got: "\(header.width)x\(header.height) = \(header.pixels)")
        }
    }
}
