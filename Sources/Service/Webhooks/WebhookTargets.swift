import HTTP

/// Which addresses may be told of jobs: public ones by https, and those that the configuration lists.
///
/// A request names an address that this service then connects to: without a check it would reach for its client what
/// the client cannot (server-side request forgery). The check is of the address that is connected to, after its name
/// was resolved.
package struct WebhookTargets: Equatable, Sendable {
    /// Ranges of addresses that are no host on the internet (RFC 6890, RFC 4291, RFC 6598, RFC 3056, RFC 4380).
    private static let notPublic = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23",
        "2001:db8::/32",
        "2002::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    ].compactMap { NetworkRange($0) }

    /// Ranges that may be told although they are not public.
    package var allowed: [NetworkRange] = []

    package init() {}

    /// - Parameter isSecure: whether the connection is by https.
    func permits(_ host: PeerAddress.Host, isSecure: Bool) -> Bool {
        if allowed.contains(where: { $0.contains(host) }) { return true }
        return isSecure && host != .none && !Self.notPublic.contains { $0.contains(host) }
    }

    /// Bytes of an address at most.
    private static let longest = 2_000

    /// What is wrong with an address that a request names, as its field is told; nil if nothing is to be seen of it
    /// yet.
    func fault(in url: String) -> String? {
        guard url.utf8.count <= Self.longest else {
            return "expected at most \(Self.longest) bytes, got \(url.utf8.count)"
        }
        let expected = "expected an address as https://example.org/path, without user, password or fragment"
        guard url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            !url.contains(where: { "\"<>\\^`{|}#@".contains($0) })
        else { return expected }
        let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[1].isEmpty, parts[0] == "https:" || parts[0] == "http:" else { return expected }
        let authority = parts[2].prefix { $0 != "?" }
        guard let host = Authority(String(authority))?.host else { return expected }
        let isSecure = parts[0] == "https:"
        if !isSecure, allowed.isEmpty {
            return "expected https, got http; `webhooks.networks` allows it for some addresses"
        }
        guard case .address(let address) = host, !permits(address, isSecure: isSecure) else { return nil }
        return "expected a public address, or one of `webhooks.networks` in the configuration, got \(authority)"
    }
}
