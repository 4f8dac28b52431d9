/// Host and port that a request is for, `uri-host [ ":" port ]` (RFC 3986 section 3.2), in a form in which equal hosts
/// are equal.
public struct Authority: Sendable, Hashable {
    /// A host as it is compared.
    public enum Host: Sendable, Hashable {
        /// An IPv4 or IPv6 address; an IPv4 address mapped into IPv6 is the IPv4 address.
        case address(PeerAddress.Host)
        /// A registered name, in lower case and without the dot of the root (RFC 9110 section 4.2.3, RFC 1034 section
        /// 3.1).
        case name(String)
    }

    /// The host without its port.
    public let host: Host
    /// The port; nil where none is written.
    public let port: UInt16?

    /// - Parameter text: as in the Host field (RFC 9110 section 7.2); nil if it is no host with an optional port.
    public init?(_ text: String) {
        guard HostGrammar.fault(in: Array(text.utf8)[...]) == nil else { return nil }
        let end =
            text.hasPrefix("[")
            ? text.lastIndex(of: "]").map { text.index(after: $0) } ?? text.endIndex
            : text.firstIndex(of: ":") ?? text.endIndex
        let digits = text[end...].dropFirst()
        port = digits.isEmpty ? nil : UInt16(digits)
        let written = text[..<end]
        if written.hasPrefix("[") {
            let literal = String(written.dropFirst().dropLast())
            // The literal of a future version of IP (RFC 3986 section 3.2.2) is compared as it is written.
            host = PeerAddress.Host(literal).map(Host.address) ?? .name(written.lowercased())
        } else if let address = PeerAddress.Host(String(written)) {
            host = .address(address)
        } else {
            host = .name((written.hasSuffix(".") ? written.dropLast() : written).lowercased())
        }
    }

    /// - Parameter host: a name or an address, IPv6 with or without brackets; nil if it is none, or a port follows it.
    public init?(host: String) {
        guard let authority = Authority(host) ?? Authority("[\(host)]"), authority.port == nil, !host.hasSuffix(":")
        else { return nil }
        self = authority
    }

    /// Whether it can mean this machine only: `localhost` (RFC 6761 section 6.3) and the loopback addresses.
    public var isLoopback: Bool {
        switch host {
        case .address(let address): PeerAddress(host: address, port: 0).isLoopback
        case .name(let name): name == "localhost"
        }
    }
}
