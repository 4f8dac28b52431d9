import Glibc

extension PeerAddress.Host {
    /// - Parameter text: an address as it is written (RFC 4291 section 2.2; IPv4 as four decimal numbers); nil for
    ///   anything else.
    public init?(_ text: String) {
        // The system's parser would stop at a zero byte.
        guard !text.utf8.contains(0) else { return nil }
        var short = in_addr()
        var long = in6_addr()
        if unsafe inet_pton(AF_INET, text, &short) == 1 {
            self = .ipv4(UInt32(bigEndian: short.s_addr))
        } else if unsafe inet_pton(AF_INET6, text, &long) == 1 {
            self = unsafe withUnsafeBytes(of: long) { bytes in unsafe PeerAddress(ipv6: Array(bytes), port: 0).host }
        } else {
            return nil
        }
    }
}
