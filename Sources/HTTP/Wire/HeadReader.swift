import HTTPTypes

/// The lines of a head, one by one, and the checks that need the whole of it.
struct HeadReader {
    private(set) var method: HTTPRequest.Method?
    private var target: RequestTarget?
    private var version = HTTPVersion.http11
    private var fields = HTTPFields()
    private var fieldCount = 0

    /// The longest method; the registered ones have at most 17 characters.
    static let methodBytes = 32

    /// `method SP request-target SP HTTP-version` (RFC 9112 section 3), exactly.
    mutating func readRequestLine(_ line: ArraySlice<UInt8>, targetBytes: Int) throws(ProtocolViolation) {
        let parts = line.split(separator: Grammar.space, omittingEmptySubsequences: false)
        guard let name = parts.first, Grammar.isToken(name), name.count <= HeadReader.methodBytes,
            let method = HTTPRequest.Method(String(decoding: name, as: UTF8.self))
        else { throw .badRequest("the request line \(Grammar.quoted(line)) does not begin with a method") }
        if parts.count > 1, parts[1].count > targetBytes {
            let detail = "the request target has \(parts[1].count) bytes; at most \(targetBytes) are served"
            throw ProtocolViolation(status: .uriTooLong, detail: detail)
        }
        guard parts.count == 3, !parts[1].isEmpty else {
            throw .badRequest(
                "expected a method, a target and a version with single spaces between, got \(Grammar.quoted(line))")
        }
        version = try HeadReader.version(parts[2])
        self.method = method
        target = try RequestTarget(parts[1], method: method.rawValue)
    }

    /// `"HTTP/" DIGIT "." DIGIT` (RFC 9112 section 2.3), major version 1.
    private static func version(_ bytes: ArraySlice<UInt8>) throws(ProtocolViolation) -> HTTPVersion {
        let digits = Array(bytes.dropFirst(5))
        guard bytes.starts(with: "HTTP/".utf8), digits.count == 3, digits[1] == UInt8(ascii: "."),
            Grammar.isDigit(digits[0]), Grammar.isDigit(digits[2])
        else { throw .badRequest("\(Grammar.quoted(bytes)) is not an HTTP version") }
        guard digits[0] == UInt8(ascii: "1") else {
            let detail = "\(Grammar.quoted(bytes)) is not served; HTTP/1.1 is"
            throw ProtocolViolation(status: .httpVersionNotSupported, detail: detail)
        }
        return digits[2] == UInt8(ascii: "0") ? .http10 : .http11
    }

    /// `field-name ":" OWS field-value OWS` (RFC 9112 section 5).
    mutating func readField(_ line: ArraySlice<UInt8>, limit: Int) throws(ProtocolViolation) {
        fieldCount += 1
        guard fieldCount <= limit else {
            throw ProtocolViolation(status: .requestHeaderFieldsTooLarge, detail: "more than \(limit) header fields")
        }
        fields.append(try HeadReader.field(line))
    }

    static func field(_ line: ArraySlice<UInt8>) throws(ProtocolViolation) -> HTTPField {
        // RFC 9112 section 5.2: obs-fold is refused; section 2.2: so is whitespace before the first field.
        if let first = line.first, first == Grammar.space || first == Grammar.tab {
            throw .badRequest("a field line begins with whitespace: \(Grammar.quoted(line))")
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            throw .badRequest("the field line \(Grammar.quoted(line)) has no colon")
        }
        // RFC 9112 section 5.1: no whitespace between name and colon; a space is no token character.
        guard Grammar.isToken(line[..<colon]),
            let name = HTTPField.Name(String(decoding: line[..<colon], as: UTF8.self))
        else {
            throw .badRequest("\(Grammar.quoted(line[..<colon])) is not a field name")
        }
        return HTTPField(name: name, value: Grammar.trimmed(line[(colon + 1)...]))
    }

    /// The head, once its empty line has come.
    func finish() throws(ProtocolViolation) -> RequestHead {
        guard let method, let target else { throw .badRequest("there is no request line") }
        try checkHost()
        try checkSingletons()
        var head = RequestHead(method: method, target: target, version: version, fields: fields, framing: try framing())
        head.isPersistent = isPersistent
        return head
    }

    /// RFC 9112 section 3.2: exactly one valid Host in HTTP/1.1, at most one before.
    private func checkHost() throws(ProtocolViolation) {
        let hosts = fields[fields: .host]
        guard hosts.count <= 1, version == .http10 || hosts.count == 1 else {
            throw .badRequest("expected one Host field, got \(hosts.count)")
        }
        if let host = hosts.first, let fault = HostGrammar.fault(in: Array(host.value.utf8)[...]) {
            throw .badRequest("Host: \(fault)")
        }
    }

    /// Fields of which the first and the last of several could be believed by different readers: refused when
    /// repeated, lists among them too, as nginx does (RFC 9110 section 5.3 forbids repeating the others).
    private static let singletons: [HTTPField.Name] = [
        .authorization, .contentRange, .expect, .ifMatch, .ifModifiedSince, .ifNoneMatch, .ifRange, .ifUnmodifiedSince,
    ]

    private func checkSingletons() throws(ProtocolViolation) {
        for name in HeadReader.singletons where fields[fields: name].count > 1 {
            throw .badRequest("the field \(name.rawName) stands more than once")
        }
    }

    /// RFC 9112 section 6.3, with everything ambiguous refused (section 11.2, request smuggling).
    private func framing() throws(ProtocolViolation) -> BodyFraming {
        let codings = fields[values: .transferEncoding]
        let lengths = fields[values: .contentLength]
        if !codings.isEmpty {
            // RFC 9112 section 6.1: not before HTTP/1.1, and not beside Content-Length.
            guard version == .http11 else { throw .badRequest("Transfer-Encoding in an HTTP/1.0 request") }
            guard lengths.isEmpty else { throw .badRequest("both Transfer-Encoding and Content-Length") }
            guard codings.count == 1, codings[0].lowercased() == "chunked" else {
                let got = Grammar.quoted(codings.joined(separator: ", ").utf8)
                throw .badRequest("Transfer-Encoding: expected exactly \"chunked\", got \(got)")
            }
            return .chunked
        }
        guard let text = lengths.first else { return .none }
        // RFC 9112 section 6.3 item 5: an invalid or repeated length is unrecoverable.
        guard lengths.count == 1, let length = Grammar.decimal(text.utf8) else {
            let got = Grammar.quoted(lengths.joined(separator: ", ").utf8)
            throw .badRequest("Content-Length: expected one decimal number, got \(got)")
        }
        return .length(length)
    }

    /// RFC 9112 section 9.3: `close` wins; HTTP/1.1 persists by default, HTTP/1.0 only with `keep-alive`.
    private var isPersistent: Bool {
        let options = Grammar.listMembers(fields[values: .connection]).map { $0.lowercased() }
        if options.contains("close") { return false }
        return version == .http11 || options.contains("keep-alive")
    }
}
