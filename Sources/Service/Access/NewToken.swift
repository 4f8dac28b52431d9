import Bytes
import JSON

/// A token that is made now: shown once, and listed by its digest.
public struct NewToken: Sendable {
    public let name: String
    public let scopes: [TokenScope]
    /// `phantom_` and 256 random bits in hexadecimal: recognisable where it should not be, and never guessed.
    public let secret: String

    /// - Throws: `ConfigurationError` for a name that the configuration would refuse.
    public init(name: String, scopes: [TokenScope]) throws(ConfigurationError) {
        try Self.check(name: name)
        var generator = SystemRandomNumberGenerator()
        let bits = (0..<Digest.byteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        (self.name, secret) = (name, "phantom_" + Hexadecimal.encode(bits))
        self.scopes = TokenScope.allCases.filter(scopes.contains)
    }

    /// - Throws: `ConfigurationError` for a name that the configuration would refuse.
    public static func check(name: String) throws(ConfigurationError) {
        guard AccessToken.isName(name) else {
            throw ConfigurationError(source: "NAME", expected: AccessToken.nameExpectation, got: name)
        }
    }

    /// Its element of `auth.tokens`.
    public var entry: String {
        let entry: JSONObject = [
            "name": .string(name), "sha256": .string(Digest(of: secret).hexadecimal),
            "scopes": .array(scopes.map { .string($0.rawValue) }),
        ]
        return String(decoding: entry.serialized(), as: UTF8.self)
    }
}
