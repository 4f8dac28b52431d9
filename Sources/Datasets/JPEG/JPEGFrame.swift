import Bytes

/// What the frame header of a JPEG file says (ITU-T T.81 section B.2.2), read before any pixel.
struct JPEGFrame {
    let width: Int
    let height: Int
    let components: Int
    /// Scan headers in the whole file.
    let scans: Int

    static func isJPEG(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0xFF, 0xD8, 0xFF]) }

    /// - Throws: `DatasetError` naming the path for a file without a frame, or one that is not read here.
    init(_ bytes: [UInt8], path: String) throws(DatasetError) {
        func refuse(_ expected: String, _ got: String) -> DatasetError {
            DatasetError(path: path, expected: expected, got: got)
        }
        var place = 2
        var frame: Range<Int>?
        var kind: UInt8 = 0
        while frame == nil {
            while place + 1 < bytes.count, bytes[place] == 0xFF, bytes[place + 1] == 0xFF { place += 1 }
            guard place + 4 <= bytes.count, bytes[place] == 0xFF else {
                throw refuse("a frame header", "the end, or something else, at byte \(place)")
            }
            let marker = bytes[place + 1]
            let length = Int(UInt16(bigEndianBytes: bytes[place + 2..<place + 4]))
            guard length >= 2, length <= bytes.count - place - 2 else {
                throw refuse("a marker within the file", "\(length) bytes at byte \(place)")
            }
            // Frames are C0 ... CF but for DHT (C4), JPG (C8) and DAC (CC).
            if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker) {
                (frame, kind) = (place + 4..<place + 2 + length, marker)
            }
            place += 2 + length
        }
        guard let frame, frame.count >= 6 else { throw refuse("a frame header of at least 8 bytes", "a shorter one") }
        let precision = bytes[frame.lowerBound]
        guard precision == 8 else { throw refuse("a JPEG of 8 bits", "one of \(precision) bits") }
        guard (0xC0...0xC2).contains(kind) else {
            throw refuse("a baseline or progressive JPEG", "frame type SOF\(kind - 0xC0): lossless, or arithmetic")
        }
        height = Int(UInt16(bigEndianBytes: bytes[frame.lowerBound + 1..<frame.lowerBound + 3]))
        width = Int(UInt16(bigEndianBytes: bytes[frame.lowerBound + 3..<frame.lowerBound + 5]))
        components = Int(bytes[frame.lowerBound + 5])
        guard width > 0, height > 0 else { throw refuse("a width and a height", "\(width)x\(height)") }
        guard components == 1 || components == 3 else { throw refuse("one component or three", "\(components)") }
        scans = zip(bytes, bytes.dropFirst()).count { $0 == 0xFF && $1 == 0xDA }
    }
}
