/// A response read back from the wire, strictly: anything but a sequence of well-formed responses is an error.
struct Reply: Equatable {
    var status: Int
    /// Names in lower case.
    var fields: [(name: String, value: String)] = []
    var body: [UInt8] = []

    static func == (left: Reply, right: Reply) -> Bool {
        left.status == right.status && left.body == right.body && left.fields.elementsEqual(right.fields, by: ==)
    }

    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
    var text: String { String(decoding: body, as: UTF8.self) }

    enum Malformed: Error, Equatable {
        case head(String)
        case cutShort(String)
    }

    /// Reads all responses in `bytes`. A response without a length and without chunks extends to the end, unless its
    /// status has no body. `heads` says which responses answer HEAD requests.
    static func all(_ bytes: [UInt8], heads: Set<Int> = []) throws -> [Reply] {
        var rest = bytes[...]
        var replies: [Reply] = []
        while !rest.isEmpty {
            var reply = try readHead(&rest)
            if !heads.contains(replies.count), reply.status >= 200, reply.status != 204, reply.status != 304 {
                reply.body = try readBody(reply, &rest)
            }
            replies.append(reply)
        }
        return replies
    }

    private static func readLine(_ rest: inout ArraySlice<UInt8>) throws -> String {
        guard let end = rest.firstIndex(of: 10), end > rest.startIndex, rest[end - 1] == 13 else {
            throw Malformed.cutShort(String(decoding: rest.prefix(60), as: UTF8.self))
        }
        defer { rest = rest[(end + 1)...] }
        return String(decoding: rest[..<(end - 1)], as: UTF8.self)
    }

    private static func readHead(_ rest: inout ArraySlice<UInt8>) throws -> Reply {
        let line = try readLine(&rest)
        let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "HTTP/1.1", parts[1].count == 3, let status = Int(parts[1]) else { throw Malformed.head(line) }
        var reply = Reply(status: status)
        while true {
            let field = try readLine(&rest)
            if field.isEmpty { return reply }
            guard let colon = field.firstIndex(of: ":") else { throw Malformed.head(field) }
            let value = field[field.index(after: colon)...].drop { $0 == " " }
            reply.fields.append((field[..<colon].lowercased(), String(value)))
        }
    }

    private static func readBody(_ reply: Reply, _ rest: inout ArraySlice<UInt8>) throws -> [UInt8] {
        if reply["transfer-encoding"] == "chunked" {
            var body: [UInt8] = []
            while true {
                let size = try readLine(&rest)
                guard let count = Int(size, radix: 16) else { throw Malformed.head(size) }
                body += rest.prefix(count)
                rest = rest.dropFirst(count)
                let end = try readLine(&rest)
                guard end.isEmpty else { throw Malformed.head(end) }
                if count == 0 { return body }
            }
        }
        let length = reply["content-length"].flatMap { Int($0) } ?? rest.count
        guard length <= rest.count else { throw Malformed.cutShort("\(rest.count) of \(length) bytes") }
        defer { rest = rest.dropFirst(length) }
        return Array(rest.prefix(length))
    }
}
