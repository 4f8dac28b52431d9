import Bytes
import HTTP
import JSON

// Who may talk to the service, and under which names.
extension ConfigurationLayer {
    func read(auth: JSONCursor) throws(JSONMismatch) -> Configuration.Auth {
        if auth.value == .string("none") { return .none }
        let expected = "{\"tokens_sha256\": [...]} with the SHA-256 digest of each token, or \"none\" to serve anybody"
        guard auth.value.object != nil else { throw auth.mismatch(expected: expected) }
        try auth.refuseMembers(otherThan: ConfigurationKey.members(of: "auth"))
        guard auth.value["tokens_sha256"] != nil else { throw auth.mismatch(expected: expected) }
        var digests: [[UInt8]] = []
        for element in try auth.required("tokens_sha256").elements(count: 1...10_000) {
            // Not echoed: somebody may have put the token itself here.
            guard let digest = Digest(hexadecimal: try element.string())?.bytes else {
                throw JSONMismatch(
                    pointer: element.pointer, expected: "a SHA-256 digest in 64 hexadecimal digits",
                    got: "a string of another form")
            }
            digests.append(digest)
        }
        return .tokens(digests)
    }

    func read(hosts: JSONCursor) throws(JSONMismatch) -> [String] {
        var names: [String] = []
        for element in try hosts.elements(count: 0...1000) {
            let name = try element.string()
            // A star is a character of names (RFC 3986 section 3.2.2), but means none of those that a reader of it
            // would expect.
            guard Authority(host: name) != nil, !name.contains("*") else {
                throw element.mismatch(
                    expected: "a host name or an address without a port, as phantom.example.org or 10.1.2.3")
            }
            names.append(name)
        }
        return names
    }

    func read(proxies: JSONCursor) throws(JSONMismatch) -> [NetworkRange] {
        var ranges: [NetworkRange] = []
        for element in try proxies.elements(count: 0...1000) {
            guard let range = NetworkRange(try element.string()) else {
                throw element.mismatch(expected: "an IP address or a range of them in CIDR notation, as 10.0.0.0/8")
            }
            ranges.append(range)
        }
        return ranges
    }

    func read(cors: JSONCursor) throws(JSONMismatch) -> [String] {
        var origins: [String] = []
        for element in try cors.elements(count: 0...1000) {
            let origin = try element.string()
            guard origin == "*" || Origin.isValid(origin) else {
                throw element.mismatch(expected: "* or an origin, as https://example.org")
            }
            origins.append(origin)
        }
        return origins
    }
}
