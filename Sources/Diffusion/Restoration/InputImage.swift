import Bytes

/// A picture given to a restoration, as pixels: decoded, without opacity, with the channels the task wants.
///
/// Recipes name it by `sha256`, the hash of `bytes`, which hold the pixels and nothing of the file they came from: the same
/// picture as PNG, interlaced PNG or DICOM is the same input.
public struct InputImage: Sendable, Equatable {
    /// Pixels.
    public let width: Int, height: Int
    /// 1 grey, 3 RGB.
    public let channels: Int
    /// 8 or 16.
    public let bitDepth: Int
    /// `height * width * channels` values, row by row, channels next to each other; 0 (black) ... 2^bitDepth - 1 (white).
    public let samples: [UInt16]
    /// SHA-256 of `bytes`, 64 lower-case hexadecimal digits.
    public let sha256: String

    /// - Throws: `InvalidSetting` (field `image`) if sizes, channels, depth and samples do not fit together.
    public init(width: Int, height: Int, channels: Int, bitDepth: Int, samples: [UInt16]) throws(InvalidSetting) {
        guard (1...65536).contains(width), (1...65536).contains(height) else {
            throw InvalidSetting("image", expected: "sides of 1 to 65536 pixels", got: "\(width) x \(height)")
        }
        guard channels == 1 || channels == 3 else {
            throw InvalidSetting("image", expected: "1 (grey) or 3 (RGB) channels", got: "\(channels)")
        }
        guard bitDepth == 8 || bitDepth == 16 else { throw InvalidSetting("image", expected: "8 or 16 bits", got: "\(bitDepth)") }
        let count = width * height * channels
        guard samples.count == count else {
            throw InvalidSetting("image", expected: "\(count) samples of \(width) x \(height) pixels", got: "\(samples.count)")
        }
        if bitDepth == 8, let largest = samples.max(), largest > 255 {
            throw InvalidSetting("image", expected: "samples of at most 255 in 8 bits", got: "\(largest)")
        }
        (self.width, self.height, self.channels, self.bitDepth, self.samples) = (width, height, channels, bitDepth, samples)
        let bytes = Self.bytes(width: width, height: height, channels: channels, bitDepth: bitDepth, samples: samples)
        sha256 = Digest(of: bytes).hexadecimal
    }

    /// The largest sample, white: 255 or 65535.
    public var maximum: Int { bitDepth == 8 ? 255 : 65535 }

    private static let magic: [UInt8] = Array("PHPX".utf8)
    private static let headerLength = 14

    /// What `sha256` is of, and a way to keep the picture: "PHPX", width and height (u32 each), channels, bit depth (u8 each),
    /// then the samples, one byte or two each, all most significant byte first.
    public var bytes: [UInt8] {
        Self.bytes(width: width, height: height, channels: channels, bitDepth: bitDepth, samples: samples)
    }

    private static func bytes(width: Int, height: Int, channels: Int, bitDepth: Int, samples: [UInt16]) -> [UInt8] {
        var bytes = magic
        bytes.reserveCapacity(headerLength + samples.count * bitDepth / 8)
        for side in [width, height] { bytes.append(bigEndian: UInt32(side)) }
        bytes += [UInt8(channels), UInt8(bitDepth)]
        for sample in samples {
            if bitDepth == 16 { bytes.append(UInt8(sample >> 8)) }
            bytes.append(UInt8(truncatingIfNeeded: sample))
        }
        return bytes
    }

    /// Reads what `bytes` wrote.
    ///
    /// - Throws: `InvalidSetting` (field `image`).
    public init(bytes: [UInt8]) throws(InvalidSetting) {
        guard bytes.count >= Self.headerLength, bytes.starts(with: Self.magic) else {
            throw InvalidSetting("image", expected: "stored pixels", got: "\(bytes.count) other bytes")
        }
        func side(_ offset: Int) -> Int { Int(UInt32(bigEndianBytes: bytes[offset..<(offset + 4)])) }
        let depth = Int(bytes[13])
        let content = bytes[Self.headerLength...]
        guard depth == 8 || content.count.isMultiple(of: 2) else {
            throw InvalidSetting("image", expected: "whole samples", got: "\(content.count) bytes")
        }
        let samples =
            depth == 8
            ? content.map(UInt16.init)
            : stride(from: content.startIndex, to: content.endIndex, by: 2).map { UInt16(content[$0]) << 8 | UInt16(content[$0 + 1]) }
        try self.init(width: side(4), height: side(8), channels: Int(bytes[12]), bitDepth: depth, samples: samples)
    }

    /// As a network takes it: [channels, height, width], black and white at the ends of `range`.
    func planes(_ range: ClosedRange<Double>) -> [Float] {
        let (low, scale) = (range.lowerBound, (range.upperBound - range.lowerBound) / Double(maximum))
        let area = width * height
        var planes = [Float](repeating: 0, count: samples.count)
        for channel in 0..<channels {
            for pixel in 0..<area { planes[channel * area + pixel] = Float(low + scale * Double(samples[pixel * channels + channel])) }
        }
        return planes
    }
}
