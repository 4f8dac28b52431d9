// What two files say, however each is written down: a PACS writes files anew in another transfer syntax.
extension DICOMDecoder {
    /// The elements of the data set, pixels aside, that stand in one of two files only, or have other values there.
    ///
    /// Values are compared as they are meant: sequences item by item, texts without their padding. Group lengths
    /// (gggg,0000), which are retired, and the file meta information, which tells of the file, are passed over.
    /// - Throws: `ImageError` of kind `.notDICOM`, `.damaged` or `.unsupported`.
    public static func differences(_ first: [UInt8], _ second: [UInt8]) throws(ImageError) -> [DICOMTag] {
        let (first, second) = (try DICOMFile(first), try DICOMFile(second))
        let one = DICOMItem(file: first, elements: first.elements, isExplicit: first.isExplicit)
        let other = DICOMItem(file: second, elements: second.elements, isExplicit: second.isExplicit)
        return one.differences(from: other, depth: 0).filter { $0 != .pixelData }
    }
}

/// A data set: that of a file, or an item of a sequence within it (DICOM PS3.5 section 7.5).
private struct DICOMItem {
    let file: DICOMFile
    let elements: [DICOMTag: DICOMCursor.Element]
    let isExplicit: Bool

    func differences(from other: DICOMItem, depth: Int) -> [DICOMTag] {
        Set(elements.keys).union(other.elements.keys).sorted().filter { tag in
            guard tag.element != 0 else { return false }
            guard let own = elements[tag], let others = other.elements[tag] else { return true }
            return !isSame(own, others, of: other, depth: depth)
        }
    }

    private func isSame(
        _ own: DICOMCursor.Element, _ others: DICOMCursor.Element, of other: DICOMItem, depth: Int
    ) -> Bool {
        // Implicit VR and `UN` do not say what the value is; the other file may.
        let representation = [own.representation, others.representation].compactMap { $0 }.first { $0 != "UN" }
        guard representation == "SQ" || own.hasUndefinedLength || others.hasUndefinedLength else {
            return Self.meaning(file.bytes[own.value], representation)
                == Self.meaning(other.file.bytes[others.value], representation)
        }
        guard depth < DICOMCursor.maximumDepth else { return false }
        // What is no sequence after all differs from one.
        guard let ownItems = try? items(of: own), let otherItems = try? other.items(of: others),
            ownItems.count == otherItems.count
        else {
            return false
        }
        return zip(ownItems, otherItems).allSatisfy { $0.differences(from: $1, depth: depth + 1).isEmpty }
    }

    /// Texts are padded with a space, or NUL, to an even length, and say the same with more of them (section 6.2).
    private static func meaning(_ value: ArraySlice<UInt8>, _ representation: String?) -> ArraySlice<UInt8> {
        guard let representation, texts.contains(representation) else { return value }
        var value = value
        while let last = value.last, last == 0x20 || last == 0 { value.removeLast() }
        return value
    }

    private static let texts: Set = [
        "AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT",
    ]

    // MARK: Items

    private func items(of sequence: DICOMCursor.Element) throws(ImageError) -> [DICOMItem] {
        var cursor = DICOMCursor(file.bytes, at: sequence.value.lowerBound)
        // A sequence that became `UN` on its way keeps the Implicit VR in which it came (section 6.2.2, note 4).
        cursor.isExplicit = isExplicit && sequence.representation != "UN"
        var items: [DICOMItem] = []
        while cursor.offset < sequence.value.upperBound {
            let start = cursor.offset
            let tag = try cursor.tag()
            let length = try cursor.number32("length of an item")
            if tag == .sequenceDelimitation, sequence.hasUndefinedLength { break }
            guard tag == .item else {
                throw cursor.damage("sequence \(sequence.tag)", expected: "an item", got: "\(tag)", at: start)
            }
            let end = length == DICOMCursor.undefinedLength ? nil : cursor.offset + length
            if let end, end > sequence.value.upperBound {
                throw cursor.damage(
                    "length of an item", expected: "an end within the sequence", got: "\(length)", at: start)
            }
            items.append(
                DICOMItem(file: file, elements: try Self.elements(&cursor, end: end), isExplicit: cursor.isExplicit))
        }
        return items
    }

    /// - Parameter end: of the item; nil for one that ends with a delimiter.
    private static func elements(_ cursor: inout DICOMCursor, end: Int?) throws(ImageError) -> [DICOMTag: DICOMCursor
        .Element]
    {
        var found: [DICOMTag: DICOMCursor.Element] = [:]
        var last: DICOMTag?
        while cursor.offset != end {
            if let end, cursor.offset > end {
                throw cursor.damage(
                    "item", expected: "an end at byte \(end), as its length says", got: "another", at: cursor.offset)
            }
            if end == nil {
                var ahead = cursor
                if try ahead.tag() == .itemDelimitation {
                    let length = try ahead.number32("length of an item's end")
                    guard length == 0 else {
                        throw cursor.damage(
                            "length of an item's end", expected: "0", got: "\(length)", at: cursor.offset)
                    }
                    cursor = ahead
                    break
                }
            }
            let element = try cursor.element(after: last)
            found[element.tag] = element
            last = element.tag
        }
        return found
    }
}
