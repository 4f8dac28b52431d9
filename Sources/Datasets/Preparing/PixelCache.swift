import Bytes
import JSON

/// The pixels of a whole set in the network's shape, in one file: the images one behind the other, each
/// `[channels, height, width]` of one byte a sample, or two (little-endian); then what they are, in JSON, its length in
/// eight bytes, and a mark.
struct PixelCache: Sendable {
    static let magic: [UInt8] = Array("PHDATA01".utf8)
    static let mostDescription = 1 << 28

    /// What the description says.
    struct Header: Sendable, Equatable {
        /// The digest of all that the pixels come from: files, settings of the kind, transform.
        let key: String
        let shape: PixelShape
        /// 8 or 16.
        let bitDepth: Int
        /// The number in the set of each stored image, ascending.
        let images: [Int]
        let skipped: [SkippedImage]
        /// The digest of the pixels.
        let digest: String

        var bytesAnImage: Int { shape.count * bitDepth / 8 }
    }

    let header: Header
    private let pixels: MappedPixels
    private let table: [Float]

    /// Opens a cache that is there and whole, and made of what `key` says; nil for anything else, which is made anew.
    init?(path: String, key: String, shape: PixelShape) {
        guard let pixels = try? MappedPixels(path: path), pixels.count >= 16,
            pixels.bytes(at: pixels.count - 8, 8) == Self.magic
        else { return nil }
        let end = pixels.count - 16
        let length = Int(truncatingIfNeeded: UInt64(littleEndianBytes: pixels.bytes(at: end, 8)))
        guard length >= 0, length <= min(Self.mostDescription, end),
            let json = try? JSONReader(Self.limits).read(pixels.bytes(at: end - length, length)),
            let header = try? Header(json: JSONCursor(json), most: end), header.key == key, header.shape == shape,
            header.images.count.multipliedReportingOverflow(by: header.bytesAnImage) == (end - length, false)
        else { return nil }
        (self.header, self.pixels) = (header, pixels)
        table = (0..<256).map { Float(Double($0) / 255 * 2 - 1) }
    }

    private static let limits = JSONReader.Options(maximumValues: 20_000_000)

    /// What follows the pixels.
    static func ending(_ header: Header, count: Int) -> [UInt8] {
        var bytes = header.json(count: count).serialized()
        bytes.append(littleEndian: UInt64(bytes.count))
        return bytes + magic
    }

    /// The samples of the stored image `place`, -1 ... 1.
    func values(_ place: Int) -> [Float] {
        let offset = place * header.bytesAnImage
        return header.bitDepth == 8
            ? pixels.floats(at: offset, header.shape.count, bytes: table)
            : pixels.floats(at: offset, words: header.shape.count)
    }

    /// The stored samples of image `place`: `[channels, height, width]`.
    func samples(_ place: Int) -> [UInt16] {
        let bytes = pixels.bytes(at: place * header.bytesAnImage, header.bytesAnImage)
        if header.bitDepth == 8 { return bytes.map(UInt16.init) }
        return stride(from: 0, to: bytes.count, by: 2).map { UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8 }
    }
}

/// An image that was left out, and why.
public struct SkippedImage: Sendable, Equatable {
    /// Its number in the set.
    public let index: Int
    public let reason: String
}

extension PixelCache.Header {
    /// - Parameter most: images that there can be.
    init(json: JSONCursor, most: Int) throws {
        key = try json.required("key").string()
        shape = PixelShape(
            height: try json.required("height").int(in: 1...8192), width: try json.required("width").int(in: 1...8192),
            channels: try json.required("channels").int(in: 1...3))
        let bits = try json.required("bits")
        bitDepth = try bits.int(in: 8...16)
        guard bitDepth == 8 || bitDepth == 16 else { throw bits.mismatch(expected: "8 or 16") }
        let skipped = try json.required("skipped").elements().map { element in
            SkippedImage(
                index: try element.required("image").int(in: 0...Int(UInt32.max)),
                reason: try element.required("reason").string())
        }
        let count = try json.required("count").int(in: 0...most)
        let left = Set(skipped.map(\.index))
        (self.skipped, images) = (skipped, (0..<count).filter { !left.contains($0) })
        digest = try json.required("digest").string()
    }

    /// - Parameter count: images of the set, with those left out.
    func json(count: Int) -> JSONObject {
        [
            "key": .string(key), "height": .integer(shape.height), "width": .integer(shape.width),
            "channels": .integer(shape.channels), "bits": .integer(bitDepth), "count": .integer(count),
            "skipped": .array(skipped.map { ["image": .integer($0.index), "reason": .string($0.reason)] }),
            "digest": .string(digest),
        ]
    }
}
