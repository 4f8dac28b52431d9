/// A DICOM file taken apart (PS3.10 section 7): every tag and length checked, before a value is looked at.
struct DICOMFile {
    static let magic: [UInt8] = Array("DICM".utf8)

    /// Where each element of the outermost data set has its value. Sequences are passed over.
    let elements: [DICOMTag: DICOMCursor.Element]
    let bytes: [UInt8]
    /// Whether elements of the data set name their value representation.
    let isExplicit: Bool

    /// - Throws: `ImageError` of kind `.notDICOM`, `.damaged`, or `.unsupported` for a transfer syntax that is not read
    ///   here.
    init(_ bytes: [UInt8]) throws(ImageError) {
        guard Self.isDICOM(bytes) else {
            throw ImageError(
                .notDICOM, "file", expected: "DICM after a preamble of 128 bytes", got: "something else", offset: 128)
        }
        self.bytes = bytes
        var cursor = DICOMCursor(bytes, at: 132)
        let meta = try Self.metaInformation(&cursor)
        guard let uid = meta[.transferSyntaxUID].map({ Self.text(bytes[$0]) }) else {
            throw ImageError(
                .damaged, "file meta information", expected: "a transfer syntax \(DICOMTag.transferSyntaxUID)",
                got: "none")
        }
        isExplicit = try DICOMTransferSyntax(uid: uid) == .explicitLittleEndian
        cursor.isExplicit = isExplicit
        var found: [DICOMTag: DICOMCursor.Element] = [:]
        var last: DICOMTag?
        while !cursor.isAtEnd {
            let element = try cursor.element(after: last)
            guard element.tag.group > 0x0002, element.tag.group != DICOMTag.item.group else {
                throw cursor.damage(
                    "data element", expected: "one of the data set", got: "\(element.tag)", at: element.offset)
            }
            found[element.tag] = element
            last = element.tag
        }
        elements = found
    }

    /// Whether the bytes claim to be a DICOM file.
    static func isDICOM(_ bytes: [UInt8]) -> Bool { bytes.count >= 132 && bytes[128..<132].elementsEqual(magic) }

    /// Group 0002, which is Explicit VR Little Endian whatever comes after it.
    private static func metaInformation(_ cursor: inout DICOMCursor) throws(ImageError) -> [DICOMTag: Range<Int>] {
        var found: [DICOMTag: Range<Int>] = [:]
        var last: DICOMTag?
        var end: Int?
        while !cursor.isAtEnd, try cursor.nextGroup == 0x0002 {
            let element = try cursor.element(after: last)
            found[element.tag] = element.value
            last = element.tag
            guard element.tag == .fileMetaInformationGroupLength, element.value.count == 4 else { continue }
            end = element.value.upperBound + cursor.number32(at: element.value.lowerBound)
        }
        if let end, end != cursor.offset {
            throw cursor.damage(
                "file meta information", expected: "an end at byte \(end), as its length says", got: "another",
                at: cursor.offset)
        }
        return found
    }

    // MARK: Values

    var tags: [DICOMTag] { Array(elements.keys) }

    func has(_ tag: DICOMTag) -> Bool { elements[tag] != nil }

    func value(_ tag: DICOMTag) -> ArraySlice<UInt8>? { elements[tag].map { bytes[$0.value] } }

    func offset(_ tag: DICOMTag) -> Int? { elements[tag]?.value.lowerBound }

    /// Text without its padding; nil where the element is absent or empty. What is no UTF-8 is replaced.
    func text(_ tag: DICOMTag) -> String? {
        guard let value = value(tag) else { return nil }
        let text = Self.text(value)
        return text.isEmpty ? nil : text
    }

    /// One number of 16 bits (`US`); nil where the element is absent.
    /// - Throws: `ImageError` of kind `.damaged` if it has another length.
    func number(_ tag: DICOMTag) throws(ImageError) -> Int? {
        guard let value = value(tag) else { return nil }
        guard value.count == 2 else {
            throw ImageError(
                .damaged, "DICOM element \(tag)", expected: "2 bytes", got: "\(value.count)", offset: offset(tag))
        }
        return Int(value[value.startIndex]) | Int(value[value.startIndex + 1]) << 8
    }

    /// The first of one or several decimal numbers (`DS`, `IS`; PS3.5 section 6.2); nil where the element is absent or
    /// empty.
    /// - Throws: `ImageError` of kind `.damaged` if it is no finite number.
    func decimal(_ tag: DICOMTag) throws(ImageError) -> Double? {
        guard let text = text(tag) else { return nil }
        let first = text.split(separator: "\\", omittingEmptySubsequences: false)[0]
        let digits = Self.trimmed(Array(first.utf8)[...])
        // Swift reads names of infinity and hexadecimal numbers as well, which DICOM does not have.
        guard digits.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }),
            let number = Double(String(decoding: digits, as: UTF8.self)), number.isFinite
        else {
            throw ImageError(
                .damaged, "DICOM element \(tag)", expected: "a decimal number", got: "\"\(first.prefix(20))\"",
                offset: offset(tag))
        }
        return number
    }

    private static func text(_ value: ArraySlice<UInt8>) -> String { String(decoding: trimmed(value), as: UTF8.self) }

    private static func trimmed(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var value = value
        while let last = value.last, last == 0x20 || last == 0 { value.removeLast() }
        while let first = value.first, first == 0x20 { value.removeFirst() }
        return value
    }
}
