import Jobs

/// Who asks: the name of a token and what comes with it.
package struct Caller: Sendable, Equatable {
    /// Empty where no tokens are asked for.
    package let name: String
    let scopes: Set<TokenScope>
    let quota: JobQuota

    init(_ token: AccessToken) { (name, scopes, quota) = (token.name, token.scopes, token.quota) }

    private init(scopes: Set<TokenScope>) { (name, self.scopes, quota) = ("", scopes, JobQuota()) }

    /// Whoever asks a service without tokens: it may do everything.
    static let anybody = Caller(scopes: .all)
    /// Whoever asks for what is open to all: it has shown no token and sees nobody's jobs.
    static let nobody = Caller(scopes: [])

    /// Whose jobs it sees; nil: everybody's.
    var owner: String? { scopes.contains(.admin) ? nil : name }
}
