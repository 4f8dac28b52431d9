import Bytes
import HTTPTypes

/// Bearer tokens (RFC 6750), known to the service by their SHA-256 digests only.
package struct BearerAuthentication: Sendable {
    /// Empty: no token is asked for.
    let tokens: [AccessToken]

    package init(_ auth: Configuration.Auth) {
        if case .tokens(let tokens) = auth { self.tokens = tokens } else { tokens = [] }
    }

    /// - Returns: who asks.
    /// - Throws: 401 with the challenge of RFC 6750 section 3 if a token is asked for and the one here is not known;
    ///   403 for one whose scopes do not reach so far.
    func authenticate(_ fields: HTTPFields, for access: Route.Access) throws(Problem) -> Caller {
        if access == .open { return .nobody }
        let caller = try caller(fields)
        guard access.isGranted(to: caller.scopes) else { throw Self.refusal(access, caller) }
        return caller
    }

    private static func refusal(_ access: Route.Access, _ caller: Caller) -> Problem {
        let needed = access.scopes.map(\.rawValue), own = TokenScope.allCases.filter(caller.scopes.contains)
        return Problem(
            .forbidden,
            "This needs a token with the scope \(needed.joined(separator: " or ")); that of \(caller.name) has "
                + "\(own.map(\.rawValue).joined(separator: ", ")).",
            fields: [
                .wwwAuthenticate:
                    "Bearer realm=\"phantom\", error=\"insufficient_scope\", scope=\"\(needed[0])\""
            ])
    }

    private func caller(_ fields: HTTPFields) throws(Problem) -> Caller {
        if tokens.isEmpty { return .anybody }
        guard let token = Self.token(in: fields) else {
            throw Problem(
                .unauthorized, "Send a token as `Authorization: Bearer TOKEN`.",
                fields: [.wwwAuthenticate: "Bearer realm=\"phantom\""])
        }
        guard let known = known(token) else {
            throw Problem(
                .unauthorized, "The token is not a known one.",
                fields: [.wwwAuthenticate: "Bearer realm=\"phantom\", error=\"invalid_token\""])
        }
        return Caller(known)
    }

    /// Bytes; nothing longer is hashed.
    private static let longestToken = 4096

    /// One `Authorization: Bearer b64token` (RFC 6750 section 2.1); the scheme in any case (RFC 9110 section 11.1).
    private static func token(in fields: HTTPFields) -> String? {
        let values = fields[values: .authorization]
        guard values.count == 1 else { return nil }
        let parts = values[0].split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer", parts[1].utf8.count <= longestToken else {
            return nil
        }
        return String(parts[1])
    }

    /// Every digest is compared to its last byte, so that the time tells nothing about them.
    private func known(_ token: String) -> AccessToken? {
        let digest = Digest(of: token).bytes
        var known: AccessToken?
        for candidate in tokens {
            var difference: UInt8 = 0
            for (a, b) in zip(candidate.digest, digest) { difference |= a ^ b }
            if difference == 0 { known = candidate }
        }
        return known
    }
}
