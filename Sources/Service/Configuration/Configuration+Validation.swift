// Settings that are each in order and cannot be together.
extension Configuration {
    /// Refuses a role that needs a queue which several processes share.
    public func validateRole() throws(ConfigurationError) {
        guard role != .all, case .sqlite = database else { return }
        throw ConfigurationError(
            source: "role", pointer: "/role",
            expected: "a database that several processes share (`database`: postgres://USER@HOST/DATABASE)",
            got: "\(role.rawValue) with SQLite")
    }

    /// Refuses to serve nothing by mistake: that there are no models yet has to be said, by an empty list. Where a
    /// queue is shared none could come later, as models are not loaded anew there.
    public func validateModels() throws(ConfigurationError) {
        guard models.isEmpty else { return }
        if case .sqlite = database, startsWithoutModels { return }
        throw ConfigurationError(
            source: "models", pointer: "/models",
            expected: "at least one model (--model DIR, or `models`; with SQLite `[]` starts without any)", got: "none")
    }

    /// Refuses what must not be served: an address that others reach, without a token and without `auth: none`.
    public func validateExposure() throws(ConfigurationError) {
        guard auth == .unset, !Self.isLoopback(host) else { return }
        throw ConfigurationError(
            source: "auth", pointer: "/host",
            expected:
                #"a loopback address while `auth` lists no token digests (or `"auth": "none"` to serve anybody)"#,
            got: host)
    }

    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" || host == "[::1]" { return true }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false)
        return octets.count == 4 && octets[0] == "127" && octets.allSatisfy { UInt8($0) != nil }
    }
}
