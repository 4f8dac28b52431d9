/// A body of `multipart/form-data` (RFC 7578), taken apart by the grammar of RFC 2046 section 5.1.1.
///
/// Nothing is copied but the parts themselves; the work is linear in the body, whatever stands in it.
public struct MultipartForm: Sendable, Equatable {
    /// One field of the form, or one file.
    public struct Part: Sendable, Equatable {
        /// The field's name.
        public let name: String
        /// The name that the file has with the client; nil for a field.
        public let filename: String?
        /// The type as it was sent; RFC 7578 section 4.4 takes `text/plain` where it is absent.
        public let contentType: String?
        /// The bytes between the part's header and the next delimiter.
        public let body: [UInt8]
    }

    /// What a form may have; each is checked before memory is taken.
    public struct Limits: Sendable, Equatable {
        /// The most parts that a form may have: a request may send each of its fields as one.
        public var parts: Int
        /// Bytes of the header lines of one part: a page, of which a name and a type take a few dozen.
        public var headerBytes: Int

        /// The limits of forms that people send: a request and its few files.
        public init(parts: Int = 64, headerBytes: Int = 4096) {
            self.parts = parts
            self.headerBytes = headerBytes
        }
    }

    /// Why a body is no such form.
    public struct Violation: Error, Sendable, Equatable, CustomStringConvertible {
        /// What is wrong, in words.
        public let reason: String
        /// Byte of the body.
        public let offset: Int

        public var description: String { "\(reason), at byte \(offset)" }
    }

    /// The parts in the order in which they were sent.
    public let parts: [Part]

    /// - Parameter boundary: of the media type; 1 to 70 characters, as RFC 2046 lists them.
    public init(_ body: [UInt8], boundary: String, limits: Limits = Limits()) throws(Violation) {
        guard Self.isBoundary(boundary) else {
            throw Violation(reason: "the boundary is not 1 to 70 of the characters that RFC 2046 allows", offset: 0)
        }
        var reader = MultipartReader(body, boundary: Array(boundary.utf8))
        try reader.skipPreamble()
        var parts: [Part] = []
        while try reader.beginsPart() {
            guard parts.count < limits.parts else {
                throw Violation(reason: "more than \(limits.parts) parts", offset: reader.offset)
            }
            let start = reader.offset
            let fields = try reader.fields(limit: limits.headerBytes)
            parts.append(try Self.part(fields, body: try reader.content(), at: start))
        }
        self.parts = parts
    }

    private static let boundaryCharacters = Set(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'()+_,-./:=? ".utf8)

    /// `bcharsnospace`, and spaces that do not end it.
    static func isBoundary(_ text: String) -> Bool {
        (1...70).contains(text.utf8.count) && text.utf8.last != 0x20
            && text.utf8.allSatisfy { Self.boundaryCharacters.contains($0) }
    }

    private static func part(
        _ fields: [(name: String, value: String)], body: [UInt8], at offset: Int
    ) throws(Violation) -> Part {
        func only(_ name: String) throws(Violation) -> String? {
            let values = fields.filter { $0.name == name }.map(\.value)
            guard values.count <= 1 else {
                throw Violation(reason: "several \(name) fields in one part", offset: offset)
            }
            return values.first
        }
        guard let text = try only("content-disposition"), let disposition = ContentDisposition(text),
            let name = disposition.name
        else {
            throw Violation(reason: "a part without `Content-Disposition: form-data; name=...`", offset: offset)
        }
        // Deprecated by RFC 7578 section 4.7; these three leave the bytes as they are.
        if let coding = try only("content-transfer-encoding"),
            !["7bit", "8bit", "binary"].contains(coding.lowercased())
        {
            throw Violation(reason: "a part with a Content-Transfer-Encoding", offset: offset)
        }
        return Part(name: name, filename: disposition.filename, contentType: try only("content-type"), body: body)
    }
}

/// Walks over a multipart body.
private struct MultipartReader {
    private let bytes: [UInt8]
    /// `--boundary`, without the line break before it.
    private let delimiter: [UInt8]
    private(set) var offset = 0

    init(_ bytes: [UInt8], boundary: [UInt8]) {
        self.bytes = bytes
        delimiter = Array("--".utf8) + boundary
    }

    /// To behind the first delimiter; what stands before it means nothing (RFC 2046 section 5.1.1).
    mutating func skipPreamble() throws(MultipartForm.Violation) {
        if bytes.starts(with: delimiter) {
            offset = delimiter.count
        } else {
            _ = try content()
        }
    }

    /// Behind a delimiter: whether a part follows. The epilogue after the last delimiter means nothing either.
    mutating func beginsPart() throws(MultipartForm.Violation) -> Bool {
        if bytes[offset...].starts(with: Array("--".utf8)) { return false }
        while offset < bytes.count, bytes[offset] == Grammar.space || bytes[offset] == Grammar.tab { offset += 1 }
        guard bytes[offset...].starts(with: [0x0D, 0x0A]) else {
            throw violation("a delimiter that does not end its line")
        }
        offset += 2
        return true
    }

    /// The header lines of a part, names in lower case, and the empty line after them.
    mutating func fields(limit: Int) throws(MultipartForm.Violation) -> [(name: String, value: String)] {
        let last = min(bytes.count, offset + limit)
        var fields: [(name: String, value: String)] = []
        while true {
            guard offset < last, let end = bytes[offset..<last].firstIndex(of: Grammar.carriageReturn), end + 1 < last
            else {
                throw violation("a part whose header does not end within \(limit) bytes")
            }
            guard bytes[end + 1] == Grammar.lineFeed else { throw violation("a bare carriage return in a header") }
            let line = bytes[offset..<end]
            offset = end + 2
            if line.isEmpty { return fields }
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), String(validating: line, as: UTF8.self) != nil
            else {
                throw violation("a header line that is none")
            }
            let name = line[..<colon]
            guard Grammar.isToken(name), !line.contains(where: Grammar.isForbiddenControl) else {
                throw violation("a header line that is none")
            }
            let value = Grammar.trimmed(line[(colon + 1)...])
            fields.append((String(decoding: name, as: UTF8.self).lowercased(), String(decoding: value, as: UTF8.self)))
        }
    }

    /// What stands before the next delimiter; the cursor stands behind that then.
    mutating func content() throws(MultipartForm.Violation) -> [UInt8] {
        // A part may be empty: its line break is then the one that ended the header.
        if bytes[offset...].starts(with: delimiter) {
            offset += delimiter.count
            return []
        }
        let start = offset
        while let line = bytes[offset...].firstIndex(of: 0x0D) {
            offset = line + 1
            guard bytes[offset...].first == 0x0A, bytes[(offset + 1)...].starts(with: delimiter) else { continue }
            offset += 1 + delimiter.count
            return Array(bytes[start..<line])
        }
        throw violation("no delimiter after a part")
    }

    private func violation(_ reason: String) -> MultipartForm.Violation { .init(reason: reason, offset: offset) }
}

/// `form-data; name="..."; filename="..."` (RFC 7578 section 4.2, RFC 6266 section 4.1).
struct ContentDisposition: Equatable {
    let name: String?
    let filename: String?

    /// Nil for another type, or parameters that cannot be read.
    init?(_ text: String) {
        var rest = Substring(text)
        let type = rest.prefix { $0 != ";" }
        guard type.filter({ $0 != " " && $0 != "\t" }).lowercased() == "form-data" else { return nil }
        rest = rest.dropFirst(type.count)
        var parameters: [String: String] = [:]
        while !rest.isEmpty {
            guard let (key, value) = Self.parameter(&rest), parameters.updateValue(value, forKey: key) == nil else {
                return nil
            }
        }
        name = parameters["name"]
        filename = parameters["filename"]
    }

    /// The parameter after a semicolon, its name in lower case.
    private static func parameter(_ rest: inout Substring) -> (String, String)? {
        guard rest.popFirst() == ";" else { return nil }
        let key = rest.prefix { $0 != "=" }
        rest = rest.dropFirst(key.count + 1)
        let trimmed = key.filter { $0 != " " && $0 != "\t" }.lowercased()
        guard Grammar.isToken(trimmed.utf8) else { return nil }
        guard rest.first == "\"" else {
            let value = rest.prefix { $0 != ";" && $0 != " " && $0 != "\t" }
            rest = rest.dropFirst(value.count).drop { $0 == " " || $0 == "\t" }
            return (trimmed, String(value))
        }
        rest.removeFirst()
        var value = ""
        while let character = rest.popFirst() {
            if character == "\"" {
                rest = rest.drop { $0 == " " || $0 == "\t" }
                return (trimmed, value)
            }
            // Browsers escape with percent signs and others with a backslash; neither matters to the names used here.
            if character == "\\", let next = rest.popFirst() { value.append(next) } else { value.append(character) }
        }
        return nil
    }
}
