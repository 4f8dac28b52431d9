import HTTP

/// The names under which the service may be asked.
///
/// A web page of any site can let its own name point to this machine (DNS rebinding): to the browser the service then
/// is a part of that site, which may read and change everything here. Only the name in the request gives it away. A
/// service that asks for no tokens therefore answers to loopback names, to the address that it listens on and to those
/// that its owner lists.
package struct HostList: Sendable {
    /// Characters of a name that are echoed: what a name has at most (RFC 1035 section 2.3.4).
    private static let nameLength = 255

    private let listed: Set<Authority.Host>
    private let isAsked: Bool

    /// The list holds while `auth` says nothing, and wherever `hosts` lists names.
    package init(_ configuration: Configuration) {
        isAsked = configuration.auth == .unset || !configuration.hosts.isEmpty
        listed = Set(([configuration.host] + configuration.hosts).compactMap { Authority(host: $0)?.host })
    }

    /// - Parameter text: host and port as a client writes them. The port says nothing about whose page asks: it may be
    ///   that of a proxy or of a forwarded connection.
    package func answers(to text: String) -> Bool {
        guard isAsked else { return true }
        guard let authority = Authority(text) else { return false }
        return authority.isLoopback || listed.contains(authority.host)
    }

    /// - Throws: 403 where one of the names that the request is for is not listed. A request without any comes from no
    ///   browser.
    func check(_ names: [String]) throws(Problem) {
        guard let stranger = names.first(where: { !answers(to: $0) }) else { return }
        throw Problem(
            .forbidden,
            "The service does not answer to the name \(stranger.prefix(Self.nameLength)). Without `auth` it answers to "
                + "loopback names, to its own address and to the names that `hosts` in the configuration lists.")
    }
}
