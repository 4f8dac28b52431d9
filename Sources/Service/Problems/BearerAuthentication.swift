import Bytes
import HTTPTypes

/// Bearer tokens (RFC 6750), known to the service by their SHA-256 digests only.
package struct BearerAuthentication: Sendable {
    /// Empty: no token is asked for.
    let digests: [[UInt8]]

    package init(_ auth: Configuration.Auth) {
        if case .tokens(let digests) = auth { self.digests = digests } else { digests = [] }
    }

    /// - Throws: 401 with the challenge of RFC 6750 section 3 if a token is asked for and the one here is not known.
    func authenticate(_ fields: HTTPFields) throws(Problem) {
        if digests.isEmpty { return }
        guard let token = Self.token(in: fields) else {
            throw Problem(
                .unauthorized, "Send a token as `Authorization: Bearer TOKEN`.",
                fields: [.wwwAuthenticate: "Bearer realm=\"phantom\""])
        }
        guard isKnown(token) else {
            throw Problem(
                .unauthorized, "The token is not a known one.",
                fields: [.wwwAuthenticate: "Bearer realm=\"phantom\", error=\"invalid_token\""])
        }
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
    private func isKnown(_ token: String) -> Bool {
        let digest = Digest(of: token).bytes
        var known = false
        for candidate in digests {
            var difference: UInt8 = 0
            for (a, b) in zip(candidate, digest) { difference |= a ^ b }
            known = known || (difference == 0)
        }
        return known
    }
}
