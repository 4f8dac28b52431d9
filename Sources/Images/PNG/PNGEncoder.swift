import Bytes

/// A PNG file, and the SHA-256 of its bytes.
public struct EncodedPNG: Equatable, Sendable {
    public let bytes: [UInt8]
    /// 64 hexadecimal digits, lower case.
    public let sha256: String

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        sha256 = Digest(of: bytes).hexadecimal
    }
}

/// Writes PNG files: 8 or 16 bits, grey or RGB, with or without alpha, not interlaced.
///
/// Equal images and texts make equal bytes: filter, compression level and strategy are fixed, and no time is written.
public enum PNGEncoder {
    /// - Throws: `ImageError` of kind `.invalidValue` for a text with NUL, `.library` if memory runs out.
    public static func encode(_ image: PixelImage, provenance: Provenance) throws(ImageError) -> EncodedPNG {
        try encode(image, texts: provenance.texts)
    }

    /// - Throws: `ImageError` of kind `.library` if memory runs out.
    public static func encode(_ image: PixelImage, texts: [PNGText] = []) throws(ImageError) -> EncodedPNG {
        EncodedPNG(try LibPNG.write(image, rows: rows(of: image), chunks: texts.map(\.chunk)))
    }

    /// Samples as PNG wants them: most significant byte first.
    private static func rows(of image: PixelImage) -> [UInt8] {
        if image.bitDepth == 8 { return image.samples.map { UInt8(truncatingIfNeeded: $0) } }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2 * image.samples.count)
        for sample in image.samples {
            bytes.append(UInt8(sample >> 8))
            bytes.append(UInt8(truncatingIfNeeded: sample))
        }
        return bytes
    }
}
