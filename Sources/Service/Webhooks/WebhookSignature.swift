import Bytes
import FoundationEssentials

/// What a delivery is signed with, as Standard Webhooks has it
/// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
package struct WebhookSecret: Equatable, Sendable {
    let key: [UInt8]

    private static let prefix = "whsec_"

    /// - Parameter text: `whsec_` and 24 to 64 bytes in base64; nil for anything else.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), let data = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
            (24...64).contains(data.count)
        else { return nil }
        key = Array(data)
    }

    /// `webhook-signature` of a message: the version and HMAC-SHA256 of id, time and body in base64.
    /// - Parameter seconds: `webhook-timestamp`, since 1970.
    package func signature(id: String, seconds: Int64, body: [UInt8]) -> String {
        let code = MessageAuthentication.code(of: Array("\(id).\(seconds).".utf8) + body, key: key)
        return "v1," + Data(code).base64EncodedString()
    }
}
