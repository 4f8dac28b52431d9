import HTTPTypes

/// The target of a request in one of its four forms (RFC 9112 section 3.2).
public struct RequestTarget: Sendable, Equatable {
    /// The forms of RFC 9112 section 3.2.
    public enum Form: Sendable, Equatable {
        case origin, absolute, authority, asterisk
    }

    /// The target as it stood in the request line.
    public var text: String
    /// The form in which the target was written.
    public var form: Form
    /// `*` for the asterisk form, empty for the authority form, else what begins with a slash, percent-encoded.
    public var path: String
    /// What follows the first question mark, percent-encoded; nil without one.
    public var query: String?
    /// Host and port of the absolute and authority forms.
    public var authority: String?

    /// A target in origin form, for tests and internal requests: `/path?query`.
    public init(_ text: String) {
        self.text = text
        self.form = .origin
        self.path = ""
        splitPath(Array(text.utf8)[...])
    }

    /// - Throws: ``ProtocolViolation`` (400) for what is none of the forms that the method allows.
    init(_ bytes: ArraySlice<UInt8>, method: String) throws(ProtocolViolation) {
        // RFC 3986 section 2: a URI has no spaces, controls or bytes above ASCII; RFC 9112 section 3.2: no recovery.
        guard bytes.allSatisfy(Grammar.isVisible) else {
            throw .badRequest("the request target \(Grammar.quoted(bytes)) holds a byte that no URI has")
        }
        // RFC 9112 section 3.2: no form of a target has a fragment, and readers of one disagree about where the path
        // ends.
        guard !bytes.contains(UInt8(ascii: "#")) else {
            throw .badRequest(
                "the request target \(Grammar.quoted(bytes)) holds a fragment; percent-encode a # that is part of it")
        }
        text = String(decoding: bytes, as: UTF8.self)
        form = .origin
        path = ""
        if method == "CONNECT" {
            try readAuthority(bytes)
        } else if bytes.first == UInt8(ascii: "/") {
            splitPath(bytes)
            try checkPercentEncoding()
        } else if bytes.elementsEqual("*".utf8) {
            // RFC 9112 section 3.2.4: only for a server-wide OPTIONS.
            guard method == "OPTIONS" else { throw .badRequest("the target * is for OPTIONS only, not \(method)") }
            form = .asterisk
            path = "*"
        } else {
            try readAbsolute(bytes)
            try checkPercentEncoding()
        }
    }

    /// RFC 9112 section 3.2.3: host and port, both required.
    private mutating func readAuthority(_ bytes: ArraySlice<UInt8>) throws(ProtocolViolation) {
        if let fault = HostGrammar.fault(in: bytes) { throw .badRequest("the target of CONNECT: \(fault)") }
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")),
            bytes[(colon + 1)...].contains(where: Grammar.isDigit),
            !bytes[colon...].contains(UInt8(ascii: "]"))
        else { throw .badRequest("the target of CONNECT needs a port: \(Grammar.quoted(bytes))") }
        form = .authority
        authority = text
    }

    /// RFC 9112 section 3.2.2; schemes http and https only (RFC 9110 section 4.2).
    private mutating func readAbsolute(_ bytes: ArraySlice<UInt8>) throws(ProtocolViolation) {
        let lower = bytes.prefix(8).map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
        let schemeLength = lower.starts(with: "http://".utf8) ? 7 : lower.starts(with: "https://".utf8) ? 8 : 0
        guard schemeLength > 0 else {
            throw .badRequest("the request target \(Grammar.quoted(bytes)) is neither a path nor an http or https URI")
        }
        let rest = bytes.dropFirst(schemeLength)
        let host = rest.prefix { !"/?".utf8.contains($0) }
        // RFC 9110 section 4.2.4: user information is an error; it is no host grammar either.
        if let fault = HostGrammar.fault(in: host) { throw .badRequest("the request target: \(fault)") }
        form = .absolute
        authority = String(decoding: host, as: UTF8.self)
        splitPath(rest[host.endIndex...])
        if !path.hasPrefix("/") { path = "/" + path }  // RFC 9110 section 4.2.3: an empty path is "/"
    }

    private mutating func splitPath(_ bytes: ArraySlice<UInt8>) {
        let pathBytes = bytes.prefix { $0 != UInt8(ascii: "?") }
        path = String(decoding: pathBytes, as: UTF8.self)
        if pathBytes.endIndex < bytes.endIndex {
            query = String(decoding: bytes[(pathBytes.endIndex + 1)...], as: UTF8.self)
        }
    }

    private func checkPercentEncoding() throws(ProtocolViolation) {
        if RequestTarget.decoded(path) == nil {
            throw .badRequest("the path \(Grammar.quoted(path.utf8)) holds a broken percent-encoding")
        }
    }
}

extension RequestTarget {
    /// The path's segments, percent-decoded one by one, so that an encoded slash stays inside its segment:
    /// `/v1/jobs/a%2Fb` is `["v1", "jobs", "a/b"]`. Nil if a segment is not UTF-8.
    public var segments: [String]? {
        var segments: [String] = []
        for part in path.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            guard let bytes = RequestTarget.decoded(String(part)), let text = String(validating: bytes, as: UTF8.self)
            else { return nil }
            segments.append(text)
        }
        return segments
    }

    /// The query's `name=value` pairs in order, decoded as forms are (`+` is a space). Nil if one is not UTF-8 or is
    /// badly encoded.
    public var queryItems: [(name: String, value: String)]? {
        var items: [(name: String, value: String)] = []
        for pair in (query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { part in String(part.map { $0 == "+" ? " " : $0 }) }
            var texts: [String] = []
            for part in parts {
                guard let bytes = RequestTarget.decoded(part), let text = String(validating: bytes, as: UTF8.self)
                else { return nil }
                texts.append(text)
            }
            items.append((texts[0], texts.count > 1 ? texts[1] : ""))
        }
        return items
    }

    /// Bytes with percent-encoding removed; nil if an escape is broken or stands for NUL.
    private static func decoded(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(Grammar.hexadecimalValue),
                let low = rest.popFirst().flatMap(Grammar.hexadecimalValue), high | low != 0
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}
