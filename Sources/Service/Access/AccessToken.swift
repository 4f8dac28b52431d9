import Bytes
import Jobs

/// A token that the configuration lists: the service knows its digest, never itself.
public struct AccessToken: Sendable, Equatable {
    /// To whom jobs belong that are made with it, as records and lists have it.
    public let name: String
    /// SHA-256, 32 bytes.
    public let digest: [UInt8]
    public let scopes: Set<TokenScope>
    public let quota: JobQuota
    /// Whether `auth.tokens_sha256` lists it, which knows neither names nor scopes.
    public let isNameless: Bool

    public init(name: String, digest: [UInt8], scopes: Set<TokenScope>, quota: JobQuota = JobQuota()) {
        (self.name, self.digest, self.scopes, self.quota) = (name, digest, scopes, quota)
        isNameless = false
    }

    /// A token of which only the digest is listed: it may do everything, and goes by the beginning of its digest.
    public init(digest: [UInt8]) {
        name = "sha256-" + Hexadecimal.encode(Array(digest.prefix(8)))
        (self.digest, scopes, quota, isNameless) = (digest, .all, JobQuota(), true)
    }

    /// 1 to 64 letters, digits, dots, hyphens and underscores, of which the first is a letter or a digit.
    public static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.first?.isASCIIAlphanumeric == true
            && text.utf8.allSatisfy { $0.isASCIIAlphanumeric || ".-_".utf8.contains($0) }
    }

    /// What `isName` asks for, in words.
    public static let nameExpectation =
        "a name of 1 to 64 letters, digits, dots, hyphens and underscores that begins with a letter or a digit"
}
