/// What may be said of the address of a database.
enum PostgresURL {
    /// The address without password and parameters, of which one may be a password; of an address in which nobody can
    /// tell where a password ends, the scheme alone.
    static func redacted(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return "postgres" }
        let rest = url[scheme.upperBound...]
        let shown = rest.prefix { $0 != "?" }
        guard let at = rest.firstIndex(of: "@") else { return String(url[..<scheme.upperBound] + shown) }
        let user = rest[..<at]
        guard !user.contains(where: { "/?".contains($0) }), at == rest.lastIndex(of: "@") else {
            return String(url[..<scheme.upperBound])
        }
        return String(url[..<scheme.upperBound] + user.prefix { $0 != ":" } + shown[at...])
    }
}

extension PostgresJobStore {
    /// What may be said of an address: neither password nor parameters.
    package static func redacted(_ url: String) -> String { PostgresURL.redacted(url) }
}
