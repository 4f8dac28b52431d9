import Bytes

/// Unique identifiers (DICOM PS3.5 section 9).
enum DICOMUID {
    static let secondaryCaptureImageStorage = "1.2.840.10008.5.1.4.1.1.7"
    /// The class of the program that wrote a file: a random UUID, drawn once for Phantom (PS3.7 section D.3.3.2).
    static let implementationClass = "2.25.287941112729451746173556511817761301302"

    /// A UID that is a pure function of `text`: `2.25.` and the decimal digits of a UUID (PS3.5 section B.2). The UUID
    /// is of version 8, whose bits are the maker's own (RFC 9562 section 5.8): the first of the SHA-256 of role and
    /// text.
    /// - Parameter role: what the UID names, so that a study and a series of the same text are told apart.
    static func derived(_ role: String, from text: String) -> String {
        let number = UInt128(bigEndianBytes: digest(role, text).bytes.prefix(16))
        let version = UInt128(0x8) << 76
        let variant = UInt128(0b10) << 62
        let kept = number & ~(UInt128(0xF) << 76) & ~(UInt128(0b11) << 62)
        return "2.25.\(kept | version | variant)"
    }

    /// 16 hexadecimal digits that are a pure function of `text`.
    static func mark(_ role: String, from text: String) -> String {
        Hexadecimal.encode(digest(role, text).bytes.prefix(8)).uppercased()
    }

    private static func digest(_ role: String, _ text: String) -> Digest {
        // A NUL, which neither holds, keeps the two apart.
        Digest(of: Array(role.utf8) + [0] + Array(text.utf8))
    }
}
