/// Recursive descent over the bytes of one text. `position` is the next unread byte.
struct JSONParser {
    let bytes: [UInt8]
    let options: JSONReader.Options
    var position = 0
    private var depth = 0
    private var values = 0

    init(bytes: [UInt8], options: JSONReader.Options) {
        self.bytes = bytes
        self.options = options
    }

    /// JSON-text = ws value ws (section 2).
    mutating func text() throws(JSONSyntaxError) -> JSONValue {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw fault("a byte order mark is not allowed", at: 0) }
        skipWhitespace()
        let value = try value()
        skipWhitespace()
        if position < bytes.count { throw fault("expected the end after the value, got \(found)") }
        return value
    }

    private mutating func value() throws(JSONSyntaxError) -> JSONValue {
        values += 1
        if values > options.maximumValues { throw fault("more than \(options.maximumValues) values") }
        guard position < bytes.count else { throw fault("expected a value, got the end") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try nested { (parser) throws(JSONSyntaxError) in try parser.object() }
        case UInt8(ascii: "["): return try nested { (parser) throws(JSONSyntaxError) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default: return try word()
        }
    }

    /// Counts the level before descending, so that hostile nesting ends in an error and not on the stack.
    private mutating func nested(
        _ body: (inout JSONParser) throws(JSONSyntaxError) -> JSONValue
    ) throws(JSONSyntaxError) -> JSONValue {
        let limit = Swift.min(options.maximumDepth, 512)
        if depth >= limit { throw fault("nested deeper than \(limit)") }
        depth += 1
        position += 1
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func array() throws(JSONSyntaxError) -> JSONValue {
        var elements: [JSONValue] = []
        skipWhitespace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            skipWhitespace()
            elements.append(try value())
            skipWhitespace()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            if !take(UInt8(ascii: ",")) { throw fault("expected , or ] in an array, got \(found)") }
        }
    }

    private mutating func object() throws(JSONSyntaxError) -> JSONValue {
        var object = JSONObject()
        skipWhitespace()
        if take(UInt8(ascii: "}")) { return .object(object) }
        while true {
            skipWhitespace()
            let start = position
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                throw fault("expected a key in quotation marks, got \(found)")
            }
            let key = try string()
            skipWhitespace()
            if !take(UInt8(ascii: ":")) { throw fault("expected : after a key, got \(found)") }
            skipWhitespace()
            let value = try value()
            if options.allowsDuplicateKeys {
                object[key] = value
            } else if !object.appendUnlessPresent(key, value) {
                throw fault("duplicate key \(JSONValue.string(key).summary.dropFirst("string ".count))", at: start)
            }
            skipWhitespace()
            if take(UInt8(ascii: "}")) { return .object(object) }
            if !take(UInt8(ascii: ",")) { throw fault("expected , or } in an object, got \(found)") }
        }
    }

    private mutating func word() throws(JSONSyntaxError) -> JSONValue {
        if takeWord("true") { return .bool(true) }
        if takeWord("false") { return .bool(false) }
        if takeWord("null") { return .null }
        if options.allowsNonFinite {
            if takeWord("NaN") { return .number(JSONNumber(literal: "NaN")) }
            if takeWord("Infinity") { return .number(JSONNumber(literal: "Infinity")) }
        }
        throw fault("expected a value, got \(found)")
    }

    /// number = [ minus ] int [ frac ] [ exp ] (section 6).
    private mutating func number() throws(JSONSyntaxError) -> JSONNumber {
        let start = position
        if take(UInt8(ascii: "-")), options.allowsNonFinite, takeWord("Infinity") {
            return JSONNumber(literal: "-Infinity")
        }
        if take(UInt8(ascii: "0")) {
            if position < bytes.count, isDigit(bytes[position]) {
                throw fault("a number may not begin with 0", at: start)
            }
        } else {
            try digits("of a number")
        }
        if take(UInt8(ascii: ".")) { try digits("after the decimal point") }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits("of an exponent")
        }
        return JSONNumber(literal: String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func digits(_ place: String) throws(JSONSyntaxError) {
        let start = position
        while position < bytes.count, isDigit(bytes[position]) { position += 1 }
        if position == start { throw fault("expected a digit \(place), got \(found)") }
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    /// ws = space, tab, line feed, carriage return (section 2).
    private mutating func skipWhitespace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func takeWord(_ word: StaticString) -> Bool {
        let text = word.description.utf8
        guard bytes[position...].starts(with: text) else { return false }
        position += text.count
        return true
    }

    /// The next byte, as a message names it.
    var found: String {
        guard position < bytes.count else { return "the end" }
        let byte = bytes[position]
        if byte > 0x20, byte < 0x7F { return "'\(Character(Unicode.Scalar(byte)))'" }
        let digits = String(byte, radix: 16, uppercase: true)
        return "byte 0x" + (digits.utf8.count < 2 ? "0" : "") + digits
    }

    func fault(_ reason: String, at offset: Int? = nil) -> JSONSyntaxError {
        JSONSyntaxError(offset: offset ?? position, reason: reason, in: bytes)
    }
}
