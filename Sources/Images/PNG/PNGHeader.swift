import Bytes

/// The IHDR chunk: what the file says of its picture (ISO/IEC 15948 section 11.2.2).
struct PNGHeader: Equatable {
    enum Colour: UInt8 {
        case grey = 0
        case rgb = 2
        case palette = 3
        case greyAlpha = 4
        case rgba = 6

        /// Samples per pixel as stored.
        var channels: Int {
            switch self {
            case .grey, .palette: 1
            case .greyAlpha: 2
            case .rgb: 3
            case .rgba: 4
            }
        }

        /// Table 11.1 of the standard.
        var bitDepths: [Int] {
            switch self {
            case .grey: [1, 2, 4, 8, 16]
            case .palette: [1, 2, 4, 8]
            case .rgb, .greyAlpha, .rgba: [8, 16]
            }
        }
    }

    static let length = 13

    let width: Int
    let height: Int
    let bitDepth: Int
    let colour: Colour
    let interlaced: Bool

    var pixels: Int { width * height }

    /// At least this many bytes lie behind the compression: rows padded to bytes, filter bytes not counted.
    var leastImageBytes: Int { (width * colour.channels * bitDepth + 7) / 8 * height }

    /// - Parameter data: the chunk's 13 bytes, which start at byte `offset` of the file.
    init(_ data: ArraySlice<UInt8>, offset: Int) throws(ImageError) {
        func refuse(_ what: String, _ expected: String, _ got: some Any, at place: Int) -> ImageError {
            ImageError(.damaged, what, expected: expected, got: "\(got)", offset: offset + place)
        }
        guard data.count == Self.length else {
            throw refuse("length of chunk IHDR", "\(Self.length)", data.count, at: 0)
        }
        let bytes = Array(data)
        width = Int(UInt32(bigEndianBytes: bytes[0..<4]))
        height = Int(UInt32(bigEndianBytes: bytes[4..<8]))
        guard (1...Int(Int32.max)).contains(width) else { throw refuse("width", "1 ... \(Int32.max)", width, at: 0) }
        guard (1...Int(Int32.max)).contains(height) else { throw refuse("height", "1 ... \(Int32.max)", height, at: 4) }
        guard let colour = Colour(rawValue: bytes[9]) else {
            throw refuse("colour type", "0, 2, 3, 4 or 6", bytes[9], at: 9)
        }
        self.colour = colour
        bitDepth = Int(bytes[8])
        guard colour.bitDepths.contains(bitDepth) else {
            throw refuse("bit depth of colour type \(bytes[9])", "one of \(colour.bitDepths)", bitDepth, at: 8)
        }
        guard bytes[10] == 0 else { throw refuse("compression method", "0", bytes[10], at: 10) }
        guard bytes[11] == 0 else { throw refuse("filter method", "0", bytes[11], at: 11) }
        guard bytes[12] <= 1 else { throw refuse("interlace method", "0 or 1", bytes[12], at: 12) }
        interlaced = bytes[12] == 1
    }
}
