/// HMAC-SHA256 (RFC 2104, FIPS 198-1): says who has written a text, to whoever has the same key.
public enum MessageAuthentication {
    /// 32 bytes.
    public static func code(of text: [UInt8], key: [UInt8]) -> [UInt8] {
        SHA256.authenticationCode(of: text, key: key)
    }
}
