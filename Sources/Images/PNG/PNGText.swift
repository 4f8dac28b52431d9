/// A text that a PNG carries beside its picture: tEXt for Latin-1, iTXt for UTF-8 (ISO/IEC 15948 section 11.3.4).
public struct PNGText: Equatable, Sendable {
    public let keyword: String
    public let text: String

    /// - Parameter keyword: 1 ... 79 printable Latin-1 characters, single spaces between words only.
    /// - Parameter text: anything without NUL.
    /// - Throws: `ImageError` of kind `.invalidValue`.
    public init(keyword: String, text: String) throws(ImageError) {
        let scalars = Array(keyword.unicodeScalars)
        let fits = scalars.allSatisfy { (0x20...0x7E).contains($0.value) || (0xA1...0xFF).contains($0.value) }
        guard (1...79).contains(scalars.count), fits, scalars.first != " ", scalars.last != " ",
            !zip(scalars, scalars.dropFirst()).contains(where: { $0 == " " && $1 == " " })
        else {
            throw ImageError(
                .invalidValue, "PNG keyword", expected: "1 ... 79 printable Latin-1 characters, single spaces inside",
                got: keyword)
        }
        var text = text
        guard !text.withUTF8({ unsafe $0.contains(0) }) else {
            throw ImageError(.invalidValue, "PNG text \(keyword)", expected: "no NUL", got: "one")
        }
        self.keyword = keyword
        self.text = text
    }

    /// Chunk name and data. Plain ASCII goes into tEXt, which every program shows; what is more, or is XMP (which must
    /// be iTXt by the XMP specification, part 3, section 1.1.5), into iTXt, uncompressed so that it is read without
    /// inflating.
    var chunk: (name: String, data: [UInt8]) {
        let key = keyword.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } + [0]
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x0A }
        if isPlain, keyword != Provenance.xmpKeyword, keyword != Provenance.recipeKeyword {
            return ("tEXt", key + Array(text.utf8))
        }
        // Compression flag, compression method, empty language, empty translated keyword.
        return ("iTXt", key + [0, 0, 0, 0] + Array(text.utf8))
    }

    /// Reads the data of a tEXt or an uncompressed iTXt chunk; nil for anything else: text is no reason to refuse a
    /// picture.
    init?(chunk name: String, data: ArraySlice<UInt8>) {
        guard let end = data.firstIndex(of: 0) else { return nil }
        let keyword = String(latin1: data[..<end])
        var rest = data[(end + 1)...]
        switch name {
        case "tEXt":
            try? self.init(keyword: keyword, text: String(latin1: rest))
        case "iTXt":
            guard rest.count >= 2, rest.removeFirst() == 0 else { return nil }
            rest.removeFirst()
            for _ in 0..<2 {  // language tag, translated keyword
                guard let end = rest.firstIndex(of: 0) else { return nil }
                rest = rest[(end + 1)...]
            }
            guard let text = String(validating: rest, as: UTF8.self) else { return nil }
            try? self.init(keyword: keyword, text: text)
        default:
            return nil
        }
    }
}

extension String {
    /// ISO 8859-1: each byte is the Unicode scalar of the same number.
    fileprivate init(latin1 bytes: ArraySlice<UInt8>) {
        guard bytes.contains(where: { $0 >= 0x80 }) else {
            self.init(decoding: bytes, as: UTF8.self)
            return
        }
        self.init(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}
