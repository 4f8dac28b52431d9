extension JSONParser {
    /// string = quotation-mark *char quotation-mark (section 7), checked byte by byte.
    mutating func string() throws(JSONSyntaxError) -> String {
        let opening = position
        position += 1
        let start = position
        var unescaped: [UInt8]? = nil
        var copied = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                let end = position
                position += 1
                guard var text = unescaped else { return String(decoding: bytes[start..<end], as: UTF8.self) }
                text.append(contentsOf: bytes[copied..<end])
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                unescaped = unescaped ?? []
                unescaped?.append(contentsOf: bytes[copied..<position])
                let scalar = try escape()
                unescaped?.append(contentsOf: Array(String(Character(scalar)).utf8))
                copied = position
            case 0..<0x20:
                throw fault("\(found) in a string must be escaped")
            case 0x20..<0x80:
                position += 1
            default:
                position += try sequenceLength()
            }
        }
        throw fault("a string is not closed", at: opening)
    }

    /// Length of the well-formed UTF-8 sequence at `position` (Unicode 15, table 3-7).
    private func sequenceLength() throws(JSONSyntaxError) -> Int {
        let second: ClosedRange<UInt8>
        let length: Int
        switch bytes[position] {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw fault("\(found) is not UTF-8")
        }
        guard bytes.count - position >= length, second.contains(bytes[position + 1]) else {
            throw fault("the sequence at \(found) is not UTF-8")
        }
        for index in 2..<max(2, length) where !(0x80...0xBF).contains(bytes[position + index]) {
            throw fault("the sequence at \(found) is not UTF-8")
        }
        return length
    }

    /// The scalar of the escape at `position`, surrogate pairs joined.
    private mutating func escape() throws(JSONSyntaxError) -> Unicode.Scalar {
        let start = position
        position += 1
        guard position < bytes.count else { throw fault("a string is not closed") }
        let kind = bytes[position]
        if kind != UInt8(ascii: "u") {
            guard let scalar = Self.shortEscape(kind) else { throw fault("unknown escape \\\(found)", at: start) }
            position += 1
            return scalar
        }
        position += 1
        let first = try fourHexDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xD800...0xDBFF).contains(first), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw fault("a surrogate escape without its other half", at: start)
        }
        let second = UInt32(try fourHexDigits())
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (second - 0xDC00))
        else { throw fault("a surrogate escape without its other half", at: start) }
        return scalar
    }

    private static func shortEscape(_ byte: UInt8) -> Unicode.Scalar? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): Unicode.Scalar(byte)
        case UInt8(ascii: "b"): "\u{8}"
        case UInt8(ascii: "f"): "\u{C}"
        case UInt8(ascii: "n"): "\n"
        case UInt8(ascii: "r"): "\r"
        case UInt8(ascii: "t"): "\t"
        default: nil
        }
    }

    private mutating func fourHexDigits() throws(JSONSyntaxError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard position < bytes.count else { throw fault("a string is not closed") }
            let digit: UInt8
            switch bytes[position] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = bytes[position] - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = bytes[position] - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = bytes[position] - UInt8(ascii: "A") + 10
            default: throw fault("expected four hexadecimal digits after \\u, got \(found)")
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }
}
