import Foundation
import Images

/// Small PNG files to send.
enum Pictures {
    /// A ramp.
    static func grey(_ width: Int, _ height: Int, shift: Int = 0) -> [UInt8] {
        file(width, height) { UInt16(($0 * 3 + $1 * 7 + shift) % 256) }
    }

    /// The right half white: to be filled.
    static func mask(_ width: Int, _ height: Int) -> [UInt8] {
        file(width, height) { x, _ in x >= width / 2 ? 255 : 0 }
    }

    private static func file(_ width: Int, _ height: Int, _ sample: (Int, Int) -> UInt16) -> [UInt8] {
        let samples = (0..<width * height).map { sample($0 % width, $0 / width) }
        // Sizes and samples fit together.
        return try! PNGEncoder.encode(PixelImage(width: width, height: height, channels: 1, bitDepth: 8, samples: samples)).bytes
    }

    static func image(_ file: [UInt8]) throws -> PixelImage { try PNGDecoder.decode(file).image }

    /// The same in three equal channels.
    static func repeated(_ image: PixelImage) -> PixelImage {
        // Sizes and samples fit together.
        try! PixelImage(
            width: image.width, height: image.height, channels: 3, bitDepth: image.bitDepth,
            samples: image.samples.flatMap { [$0, $0, $0] })
    }
}

extension [UInt8] {
    var base64: String { Data(self).base64EncodedString() }
}

/// A body of multipart/form-data.
struct Form {
    let type = "multipart/form-data; boundary=\"-- a b's boundary\""
    let body: [UInt8]

    init(_ parts: [String: [UInt8]]) {
        var body: [UInt8] = []
        for (name, content) in parts.sorted(by: { $0.key < $1.key }) {
            body += Array("---- a b's boundary\r\nContent-Disposition: form-data; name=\"\(name)\"; filename=\"x\"\r\n\r\n".utf8) + content + [13, 10]
        }
        self.body = body + Array("---- a b's boundary--\r\n".utf8)
    }
}
