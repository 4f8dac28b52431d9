import CNettle

/// SHA-256 (FIPS 180-4) as nettle computes it, by the processor's own instructions where it has them. A copy goes on
/// from where it was made.
struct SHA256: Sendable {
    private var context = sha256_ctx()

    init() { unsafe nettle_sha256_init(&context) }

    /// Appends `piece` to what the digest is of.
    mutating func update(_ piece: [UInt8]) {
        unsafe piece.withUnsafeBufferPointer { unsafe nettle_sha256_update(&context, $0.count, $0.baseAddress) }
    }

    /// The digest of everything appended: 32 bytes.
    consuming func finalize() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_SIZE))
        unsafe nettle_sha256_digest(&context, bytes.count, &bytes)
        return bytes
    }

    /// HMAC-SHA256 (RFC 2104, FIPS 198-1) of `text`: 32 bytes.
    static func authenticationCode(of text: [UInt8], key: [UInt8]) -> [UInt8] {
        var context = hmac_sha256_ctx(), bytes = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_SIZE))
        unsafe nettle_hmac_sha256_set_key(&context, key.count, key)
        unsafe nettle_hmac_sha256_update(&context, text.count, text)
        unsafe nettle_hmac_sha256_digest(&context, bytes.count, &bytes)
        return bytes
    }
}
