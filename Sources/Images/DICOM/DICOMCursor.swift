/// A place in the bytes of a data set, which walks over its elements (DICOM PS3.5 section 7).
struct DICOMCursor {
    struct Element {
        let tag: DICOMTag
        /// Where the tag begins, in bytes from the beginning of the file.
        let offset: Int
        let value: Range<Int>
        /// The value representation that the element names; nil in Implicit VR.
        let representation: String?
        /// Whether its value ends with a delimiter: then it is a sequence.
        let hasUndefinedLength: Bool
    }

    /// Sequences within sequences; real files have four or so.
    static let maximumDepth = 32
    static let undefinedLength = 0xFFFF_FFFF

    private let bytes: [UInt8]
    private(set) var offset: Int
    /// Whether elements name their value representation.
    var isExplicit = true

    init(_ bytes: [UInt8], at offset: Int) {
        self.bytes = bytes
        self.offset = offset
    }

    var isAtEnd: Bool { offset >= bytes.count }

    var nextGroup: UInt16 {
        get throws(ImageError) {
            try require(2, "group of a data element")
            return number16(at: offset)
        }
    }

    func damage(_ what: String, expected: String, got: String, at place: Int) -> ImageError {
        ImageError(.damaged, what, expected: expected, got: got, offset: place)
    }

    /// The next element; the cursor stands behind its value then.
    /// - Parameter last: the tag before it, which it must exceed (section 7.1).
    mutating func element(after last: DICOMTag?, depth: Int = 0) throws(ImageError) -> Element {
        let start = offset
        let tag = try tag()
        if let last, tag <= last {
            throw damage("data element", expected: "a tag above \(last)", got: "\(tag)", at: start)
        }
        let (length, mayBeUndefined, representation) = try length(of: tag)
        guard length == Self.undefinedLength else {
            guard length <= bytes.count - offset else {
                throw damage(
                    "length of element \(tag)", expected: "at most the \(bytes.count - offset) bytes left",
                    got: "\(length)", at: start)
            }
            guard length % 2 == 0 else {
                throw damage("length of element \(tag)", expected: "an even number", got: "\(length)", at: start)
            }
            defer { offset += length }
            return Element(
                tag: tag, offset: start, value: offset..<offset + length, representation: representation,
                hasUndefinedLength: false)
        }
        guard mayBeUndefined, tag != .pixelData else {
            throw damage("length of element \(tag)", expected: "a defined one", got: "an undefined one", at: start)
        }
        let value = offset
        // What an unknown representation of undefined length holds is a sequence in Implicit VR (section 6.2.2, note
        // 4).
        let wasExplicit = isExplicit
        if representation == "UN" { isExplicit = false }
        try skipItems(of: tag, depth: depth + 1)
        isExplicit = wasExplicit
        return Element(
            tag: tag, offset: start, value: value..<offset, representation: representation, hasUndefinedLength: true)
    }

    /// - Returns: the length; whether it may be undefined; the representation, nil in Implicit VR.
    private mutating func length(of tag: DICOMTag) throws(ImageError) -> (
        Int, mayBeUndefined: Bool, representation: String?
    ) {
        guard isExplicit else { return (try number32("length of element \(tag)"), true, nil) }
        let start = offset
        try require(4, "value representation of \(tag)")
        let representation = String(decoding: bytes[offset..<offset + 2], as: UTF8.self)
        if Self.shortForms.contains(representation) {
            defer { offset += 4 }
            return (Int(number16(at: offset + 2)), false, representation)
        }
        guard Self.longForms.contains(representation) else {
            let letters = bytes[offset..<offset + 2].map { String($0, radix: 16) }.joined(separator: " ")
            throw damage(
                "value representation of \(tag)", expected: "one of PS3.5 table 6.2-1", got: "bytes \(letters)",
                at: start)
        }
        offset += 4
        return (try number32("length of element \(tag)"), ["SQ", "UN"].contains(representation), representation)
    }

    /// Passes over the items of a sequence of undefined length, up to its delimiter (section 7.5).
    private mutating func skipItems(of sequence: DICOMTag, depth: Int) throws(ImageError) {
        guard depth <= Self.maximumDepth else {
            throw damage(
                "sequence \(sequence)", expected: "at most \(Self.maximumDepth) within each other", got: "more",
                at: offset)
        }
        while true {
            let start = offset
            let tag = try tag()
            let length = try number32("length of an item")
            switch tag {
            case .item where length == Self.undefinedLength: try skipElements(depth: depth)
            case .item:
                guard length <= bytes.count - offset else {
                    throw damage(
                        "length of an item", expected: "at most the \(bytes.count - offset) bytes left",
                        got: "\(length)", at: start)
                }
                offset += length
            case .sequenceDelimitation where length == 0: return
            default: throw damage("sequence \(sequence)", expected: "an item or the end", got: "\(tag)", at: start)
            }
        }
    }

    /// Passes over the elements of an item of undefined length, up to its delimiter.
    private mutating func skipElements(depth: Int) throws(ImageError) {
        var last: DICOMTag?
        while true {
            let start = offset
            if try tag() == .itemDelimitation {
                let length = try number32("length of an item's end")
                guard length == 0 else {
                    throw damage("length of an item's end", expected: "0", got: "\(length)", at: start)
                }
                return
            }
            offset = start
            last = try element(after: last, depth: depth).tag
        }
    }

    // MARK: Numbers

    mutating func tag() throws(ImageError) -> DICOMTag {
        try require(4, "data element")
        defer { offset += 4 }
        return DICOMTag(number16(at: offset), number16(at: offset + 2))
    }

    mutating func number32(_ what: String) throws(ImageError) -> Int {
        try require(4, what)
        defer { offset += 4 }
        return number32(at: offset)
    }

    private func number16(at place: Int) -> UInt16 { UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8 }

    /// - Parameter place: of four bytes that are there.
    func number32(at place: Int) -> Int { Int(number16(at: place)) | Int(number16(at: place + 2)) << 16 }

    private func require(_ count: Int, _ what: String) throws(ImageError) {
        guard bytes.count - offset >= count else {
            throw damage(what, expected: "\(count) bytes", got: "\(bytes.count - offset)", at: offset)
        }
    }

    private static let shortForms: Set = [
        "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FL", "FD", "IS", "LO", "LT", "PN", "SH", "SL", "SS", "ST", "TM",
        "UI", "UL", "US",
    ]
    private static let longForms: Set = ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]
}
