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
