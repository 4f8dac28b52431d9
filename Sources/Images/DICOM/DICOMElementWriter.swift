/// Writes data elements in Explicit VR Little Endian (DICOM PS3.5 section 7.1.2). The caller keeps tags ascending.
struct DICOMElementWriter {
    private(set) var bytes: [UInt8] = []

    /// The value representations that are written, each with how its values are padded to an even length (PS3.5 section
    /// 6.2).
    enum ValueRepresentation: String {
        case CS, DA, DS, IS, LO, LT, PN, SH, ST, TM, UI, UT

        /// UIDs end with NUL, text with a space.
        var padding: UInt8 { self == .UI ? 0 : 0x20 }

        /// Characters of one value at most.
        var limit: Int {
            switch self {
            case .CS, .DS, .SH, .TM: 16
            case .DA: 8
            case .IS: 12
            case .LO, .PN, .UI: 64
            case .LT: 10240
            case .ST: 1024
            case .UT: Int(UInt32.max) - 1
            }
        }
    }

    /// Text; several values are separated by backslashes.
    /// - Throws: `ImageError` of kind `.invalidValue` for text longer than its representation takes.
    mutating func text(_ tag: DICOMTag, _ representation: ValueRepresentation, _ text: String) throws(ImageError) {
        let isFree = [.LT, .ST, .UT].contains(representation)
        let values = isFree ? [Substring(text)] : text.split(separator: "\\", omittingEmptySubsequences: false)
        for value in values where value.unicodeScalars.count > representation.limit {
            throw ImageError(
                .invalidValue, "DICOM element \(tag)",
                expected: "at most \(representation.limit) characters (\(representation.rawValue))",
                got: "\(value.unicodeScalars.count)")
        }
        var value = Array(text.utf8)
        if value.count % 2 == 1 { value.append(representation.padding) }
        let isLong = representation == .UT
        let limit = isLong ? Int(UInt32.max) - 1 : Int(UInt16.max) - 1
        guard value.count <= limit else {
            throw ImageError(
                .invalidValue, "DICOM element \(tag)", expected: "at most \(limit) bytes", got: "\(value.count)")
        }
        write(tag)
        bytes += Array(representation.rawValue.utf8)
        if isLong {
            bytes += [0, 0]
            write(UInt32(value.count))
        } else {
            write(UInt16(value.count))
        }
        bytes += value
    }

    /// One unsigned number of 16 bits.
    mutating func number(_ tag: DICOMTag, _ value: UInt16) {
        write(tag)
        bytes += Array("US".utf8)
        write(2 as UInt16)
        write(value)
    }

    /// One unsigned number of 32 bits.
    mutating func number(_ tag: DICOMTag, _ value: UInt32) {
        write(tag)
        bytes += Array("UL".utf8)
        write(4 as UInt16)
        write(value)
    }

    /// Bytes (`OB`), or words of 16 bits, less significant byte first (`OW`).
    /// - Throws: `ImageError` of kind `.invalidValue` beyond the 4 GiB that a length can say.
    mutating func binary(_ tag: DICOMTag, words: Bool, _ value: [UInt8]) throws(ImageError) {
        // 0xFFFFFFFF means an undefined length.
        guard value.count < Int(UInt32.max) - 1 else {
            throw ImageError(
                .invalidValue, "DICOM element \(tag)", expected: "less than 4 GiB", got: "\(value.count) bytes")
        }
        write(tag)
        bytes += Array((words ? "OW" : "OB").utf8) + [0, 0]
        write(UInt32(value.count + value.count % 2))
        bytes += value
        if value.count % 2 == 1 { bytes.append(0) }
    }

    /// A sequence of one item.
    mutating func sequence(
        _ tag: DICOMTag, _ fill: (inout DICOMElementWriter) throws(ImageError) -> Void
    ) throws(ImageError) {
        var item = DICOMElementWriter()
        try fill(&item)
        write(tag)
        bytes += Array("SQ".utf8) + [0, 0]
        write(UInt32(item.bytes.count + 8))
        write(.item)
        write(UInt32(item.bytes.count))
        bytes += item.bytes
    }

    private mutating func write(_ tag: DICOMTag) {
        write(tag.group)
        write(tag.element)
    }

    private mutating func write(_ number: UInt16) {
        bytes += [UInt8(truncatingIfNeeded: number), UInt8(number >> 8)]
    }

    private mutating func write(_ number: UInt32) {
        write(UInt16(truncatingIfNeeded: number))
        write(UInt16(number >> 16))
    }
}
