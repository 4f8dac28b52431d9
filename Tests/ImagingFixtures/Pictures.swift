import Foundation
import Images

/// Small PNG files to send.
public enum Pictures {
    /// A ramp, moved by `shift` levels.
    public static func grey(_ width: Int, _ height: Int, shift: Int = 0) -> [UInt8] {
        file(width, height) { UInt16(($0 * 3 + $1 * 7 + shift) % 256) }
    }

    /// The right half white: to be filled.
    public static func mask(_ width: Int, _ height: Int) -> [UInt8] {
        file(width, height) { x, _ in x >= width / 2 ? 255 : 0 }
    }

    private static func file(_ width: Int, _ height: Int, _ sample: (Int, Int) -> UInt16) -> [UInt8] {
        let samples = (0..<width * height).map { sample($0 % width, $0 / width) }
        // Sizes and samples fit together.
        return try! PNGEncoder.encode(PixelImage(width: width, height: height, channels: 1, bitDepth: 8, samples: samples)).bytes
    }

    /// The pixels of a PNG file.
    public static func image(_ file: [UInt8]) throws -> PixelImage { try PNGDecoder.decode(file).image }

    /// The same in three equal channels.
    public static func repeated(_ image: PixelImage) -> PixelImage {
        // Sizes and samples fit together.
        try! PixelImage(
            width: image.width, height: image.height, channels: 3, bitDepth: image.bitDepth,
            samples: image.samples.flatMap { [$0, $0, $0] })
    }
}

extension [UInt8] {
    /// The bytes in base64 (RFC 4648 section 4).
    public var base64: String { Data(self).base64EncodedString() }
}
