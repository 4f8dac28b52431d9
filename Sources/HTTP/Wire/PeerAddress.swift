/// The address at the other end of a connection.
public struct PeerAddress: Sendable, Hashable, CustomStringConvertible {
    /// An address without a port.
    public enum Host: Sendable, Hashable {
        /// Four bytes, most significant first. IPv4 addresses mapped into IPv6 appear as this.
        case ipv4(UInt32)
        case ipv6(high: UInt64, low: UInt64)
        /// No network address: a socket pair in a test.
        case none

        /// - Parameter bytes: 4 of an IPv4 address or 16 of an IPv6 address, most significant first; nil for any other
        ///   number.
        public init?(bytes: [UInt8]) {
            switch bytes.count {
            case 4: self = .ipv4(bytes.reduce(0) { $0 << 8 | UInt32($1) })
            case 16: self = PeerAddress(ipv6: bytes, port: 0).host
            default: return nil
            }
        }
    }

    /// Where the client is.
    public var host: Host
    /// The port that the client speaks from; 0 where it is not known.
    public var port: UInt16

    /// An address with its port.
    public init(host: Host, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// The address of a client of which none is known.
    public static let unknown = PeerAddress(host: .none, port: 0)

    /// From the 16 bytes of an IPv6 address; ::ffff:a.b.c.d is taken for a.b.c.d (RFC 4291 section 2.5.5.2).
    init(ipv6 bytes: [UInt8], port: UInt16) {
        let words = stride(from: 0, to: 16, by: 8).map { start in
            bytes[start..<start + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        let isMapped = words[0] == 0 && words[1] >> 32 == 0xFFFF
        self.init(
            host: isMapped ? .ipv4(UInt32(truncatingIfNeeded: words[1])) : .ipv6(high: words[0], low: words[1]),
            port: port)
    }

    /// Whether the client is on this machine (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3).
    public var isLoopback: Bool {
        switch host {
        case .ipv4(let address): address >> 24 == 127
        case .ipv6(let high, let low): high == 0 && low == 1
        case .none: true
        }
    }

    /// What the cap per address counts: an IPv4 address, or the /64 network that one IPv6 subscriber owns.
    var network: Host {
        if case .ipv6(let high, _) = host { return .ipv6(high: high, low: 0) }
        return host
    }

    public var description: String {
        switch host {
        case .ipv4(let address):
            let octets = stride(from: 24, through: 0, by: -8).map { String(address >> UInt32($0) & 255) }
            return octets.joined(separator: ".") + ":\(port)"
        case .ipv6(let high, let low):
            let groups = [high, low].flatMap { word in
                stride(from: 48, through: 0, by: -16).map { String(word >> UInt64($0) & 0xFFFF, radix: 16) }
            }
            return "[" + groups.joined(separator: ":") + "]:\(port)"
        case .none:
            return "local"
        }
    }
}
