import Bytes
import FoundationEssentials

/// A file as a string of JSON: base64 in the forms that clients write without being asked.
package enum Base64Picture {
    /// Takes base64 and base64url (RFC 4648 sections 4 and 5), with padding or without, with line breaks and other
    /// white space (RFC 2045 section 6.8), and all that within a `data:` URL (RFC 2397).
    package static func read(_ text: String) -> UploadedPicture {
        let expected = "expected a PNG or DICOM file in base64, got"
        var content = text[...]
        if let scheme = scheme(of: text) {
            guard scheme == "data" else {
                return .unreadable("\(expected) an address (\(scheme):); nothing is fetched, send the file itself")
            }
            guard let comma = text.utf8.firstIndex(of: UInt8(ascii: ",")) else {
                return .unreadable("\(expected) a data: URL without a comma")
            }
            guard text[..<comma].lowercased().hasSuffix(";base64") else {
                return .unreadable("\(expected) a data: URL without ;base64 before its comma")
            }
            content = text[text.index(after: comma)...]
        }
        var digits: [UInt8] = []
        digits.reserveCapacity(content.utf8.count + 2)
        for (place, byte) in content.utf8.enumerated() {
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D, 0x0C: continue
            case UInt8(ascii: "-"): digits.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): digits.append(UInt8(ascii: "/"))
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
                digits.append(byte)
            default:
                let hex = Hexadecimal.encode([byte]).uppercased()
                return .unreadable(
                    """
                    \(expected) another string: byte 0x\(hex) at \(place) of \(content.utf8.count) is no digit of \
                    base64
                    """
                )
            }
        }
        guard !digits.isEmpty else { return .unreadable("\(expected) an empty string") }
        let padding = digits.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        digits.removeLast(padding)
        guard padding <= 2, !digits.contains(UInt8(ascii: "=")) else {
            return .unreadable("\(expected) padding (=) that does not end the string")
        }
        guard digits.count % 4 != 1 else {
            return .unreadable("\(expected) \(digits.count) digits, which no number of bytes has (is it cut off?)")
        }
        digits += [UInt8](repeating: UInt8(ascii: "="), count: (4 - digits.count % 4) % 4)
        guard let data = Data(base64Encoded: Data(digits)) else { return .unreadable("\(expected) another string") }
        return .file([UInt8](data))
    }

    /// What stands before the first colon, if it can be the name of a scheme (RFC 3986 section 3.1); base64 has no
    /// colon.
    private static func scheme(of text: String) -> String? {
        let name = text.utf8.prefix(16).prefix { $0 != UInt8(ascii: ":") }
        guard name.count < min(16, text.utf8.count), name.allSatisfy({ $0.isASCIIAlphanumeric }) else { return nil }
        return String(decoding: name, as: UTF8.self).lowercased()
    }
}
