/// Walks over a multipart body.
struct MultipartReader {
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
