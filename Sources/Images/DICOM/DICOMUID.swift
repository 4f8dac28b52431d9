import Crypto

/// Unique identifiers (DICOM PS3.5 section 9).
enum DICOMUID {
    static let secondaryCaptureImageStorage = "1.2.840.10008.5.1.4.1.1.7"
    /// Of the program that wrote a file: a random UUID, drawn once for Phantom (PS3.7 section D.3.3.2).
    static let implementationClass = "2.25.287941112729451746173556511817761301302"

    /// A UID that is a pure function of `text`: `2.25.` and the decimal digits of a UUID (PS3.5 section B.2). The UUID is of
    /// version 8, whose bits are the maker's own (RFC 9562 section 5.8): the first of the SHA-256 of role and text.
    /// - Parameter role: what the UID names, so that a study and a series of the same text are told apart.
    static func derived(_ role: String, from text: String) -> String {
        let number = digest(role, text).prefix(16).reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        let version = UInt128(0x8) << 76
        let variant = UInt128(0b10) << 62
        let kept = number & ~(UInt128(0xF) << 76) & ~(UInt128(0b11) << 62)
        return "2.25.\(kept | version | variant)"
    }

    /// 16 hexadecimal digits that are a pure function of `text`.
    static func mark(_ role: String, from text: String) -> String {
        digest(role, text).prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
    }

    private static func digest(_ role: String, _ text: String) -> SHA256.Digest {
        // A NUL, which neither holds, keeps the two apart.
        SHA256.hash(data: Array(role.utf8) + [0] + Array(text.utf8))
    }
}
