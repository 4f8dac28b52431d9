import HTTP
import HTTPTypes

/// What proxies say of the request that they pass on: `Forwarded` (RFC 7239), and the `X-Forwarded-...` that came
/// before it.
///
/// Anybody can write these fields; only what a proxy of the configuration's `proxies` sends counts. The client's
/// address, `for`, is not looked at: nothing here depends on it, and the log names no addresses.
struct Forwarding: Sendable {
    /// Hosts that the client asked for, the first proxy's first.
    let hosts: [String]
    /// `http` or `https`, if it says so.
    let scheme: String?

    /// Scheme, host and port that the client asked; empty where it named no host.
    func origin(of head: RequestHead) -> String {
        (hosts.first ?? head.authority).map { "\(scheme ?? "http")://\($0)" } ?? ""
    }

    init(_ head: RequestHead, proxies: [NetworkRange]) {
        guard proxies.contains(where: { $0.contains(head.peer.host) }) else {
            (hosts, scheme) = ([], nil)
            return
        }
        let elements = PairList(head.fields[values: .forwarded]).elements
        func values(_ name: String, _ field: HTTPField.Name) -> [String] {
            elements.compactMap { element in element.first { $0.name == name }?.value }
                + head.fields[values: field].flatMap(Self.members)
        }
        hosts = values("host", .xForwardedHost)
        scheme = values("proto", .xForwardedProto).first?.lowercased()
    }

    private static func members(_ line: String) -> [String] {
        line.split(separator: ",").map { member in
            String(member.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" })
        }
    }
}

extension HTTPField.Name {
    // Constant tokens.
    static let forwarded = HTTPField.Name("Forwarded")!
    static let xForwardedHost = HTTPField.Name("X-Forwarded-Host")!
    static let xForwardedProto = HTTPField.Name("X-Forwarded-Proto")!
}
