/// Addresses that begin alike, in CIDR notation: `10.0.0.0/8` (RFC 4632 section 3.1), `fd00::/8` (RFC 4291 section
/// 2.3), or one address.
public struct NetworkRange: Sendable, Hashable {
    private let address: PeerAddress.Host
    /// How many of the first bits of an address count.
    private let bits: Int

    /// Nil if `text` is no such range.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = PeerAddress.Host(String(parts[0])) else { return nil }
        let isWrittenAsIPv6 = parts[0].contains(":")
        let width = isWrittenAsIPv6 ? 128 : 32
        guard parts.count == 1 || Grammar.decimal(parts[1].utf8).map({ $0 <= width }) ?? false else { return nil }
        var bits = parts.count == 1 ? width : Grammar.decimal(parts[1].utf8) ?? width
        // An IPv4 address mapped into IPv6 is the IPv4 address, of which the last 32 bits count.
        if case .ipv4 = address, isWrittenAsIPv6 {
            guard bits >= 96 else { return nil }
            bits -= 96
        }
        (self.address, self.bits) = (address, bits)
    }

    /// Whether the address lies in the range; one of the other family never does.
    public func contains(_ host: PeerAddress.Host) -> Bool {
        switch (address, host) {
        case (.ipv4(let own), .ipv4(let other)): (own ^ other) >> (32 - bits) == 0
        case (.ipv6(let high, let low), .ipv6(let otherHigh, let otherLow)):
            bits <= 64
                ? (high ^ otherHigh) >> (64 - bits) == 0
                : high == otherHigh && (low ^ otherLow) >> (128 - bits) == 0
        default: false
        }
    }
}
