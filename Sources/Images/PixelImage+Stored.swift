import Bytes

/// The pixels of a picture as bytes, and nothing of the file they came from: the same picture as PNG, interlaced PNG or
/// DICOM has the same bytes, and so the same digest, by which recipes name it.
extension PixelImage {
    private static let magic: [UInt8] = Array("PHPX".utf8)
    private static let headerLength = 14

    /// The picture as it is kept: "PHPX", width and height (u32 each), channels, bit depth (u8 each), then the samples,
    /// one byte or two each, all most significant byte first.
    public var storedBytes: [UInt8] {
        var bytes = Self.magic
        bytes.reserveCapacity(Self.headerLength + samples.count * bitDepth / 8)
        for side in [width, height] { bytes.append(bigEndian: UInt32(side)) }
        bytes += [UInt8(channels), UInt8(bitDepth)]
        for sample in samples {
            if bitDepth == 16 { bytes.append(UInt8(sample >> 8)) }
            bytes.append(UInt8(truncatingIfNeeded: sample))
        }
        return bytes
    }

    /// The digest of `storedBytes`. Reckoned anew each time.
    public var digest: Digest { Digest(of: storedBytes) }

    /// Reads what `storedBytes` wrote.
    ///
    /// - Throws: `ImageError` of kind `.damaged` for what it did not, or as the other initialisers throw it.
    public init(storedBytes bytes: [UInt8]) throws(ImageError) {
        guard bytes.count >= Self.headerLength, bytes.starts(with: Self.magic) else {
            throw ImageError(.damaged, "image", expected: "stored pixels", got: "\(bytes.count) other bytes")
        }
        func side(_ offset: Int) -> Int { Int(UInt32(bigEndianBytes: bytes[offset..<(offset + 4)])) }
        let depth = Int(bytes[13])
        let content = bytes[Self.headerLength...]
        guard depth == 8 || content.count.isMultiple(of: 2) else {
            throw ImageError(.damaged, "image", expected: "whole samples", got: "\(content.count) bytes")
        }
        let samples =
            depth == 8
            ? content.map(UInt16.init)
            : stride(from: content.startIndex, to: content.endIndex, by: 2).map {
                UInt16(content[$0]) << 8 | UInt16(content[$0 + 1])
            }
        try self.init(
            width: side(4), height: side(8), channels: Int(bytes[12]), bitDepth: depth, samples: samples)
    }
}
