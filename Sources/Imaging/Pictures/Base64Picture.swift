import Bytes
import FoundationEssentials

/// A file as a string of JSON: base64 in the forms that clients write without being asked.
package enum Base64Picture {
    /// Takes base64 and base64url (RFC 4648 sections 4 and 5), with padding or without, with line breaks and other
    /// white space (RFC 2045 section 6.8), and all that within a `data:` URL (RFC 2397).
    package static func read(_ text: String) -> UploadedPicture {
        do throws(Other) {
            let digits = try padded(digits(content(text)))
            guard let data = Data(base64Encoded: Data(digits)) else { throw Other("another string") }
            return .file([UInt8](data))
        } catch {
            return .unreadable("expected a PNG or DICOM file in base64, got \(error.what)")
        }
    }

    /// What stands there instead.
    private struct Other: Error {
        let what: String

        init(_ what: String) { self.what = what }
    }

    /// The digits of a `data:` URL, or of what is no URL.
    private static func content(_ text: String) throws(Other) -> Substring {
        guard let scheme = scheme(of: text) else { return text[...] }
        guard scheme == "data" else {
            throw Other("an address (\(scheme):); nothing is fetched, send the file itself")
        }
        guard let comma = text.utf8.firstIndex(of: UInt8(ascii: ",")) else {
            throw Other("a data: URL without a comma")
        }
        guard text[..<comma].lowercased().hasSuffix(";base64") else {
            throw Other("a data: URL without ;base64 before its comma")
        }
        return text[text.index(after: comma)...]
    }

    /// The digits and the padding without white space, in the letters of base64.
    private static func digits(_ content: Substring) throws(Other) -> [UInt8] {
        var digits: [UInt8] = []
        digits.reserveCapacity(content.utf8.count + 2)
        for (place, byte) in content.utf8.enumerated() {
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D, 0x0C: continue
            case UInt8(ascii: "-"): digits.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): digits.append(UInt8(ascii: "/"))
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): digits.append(byte)
            case _ where byte.isASCIIAlphanumeric: digits.append(byte)
            default:
                let hex = Hexadecimal.encode([byte]).uppercased()
                throw Other("another string: byte 0x\(hex) at \(place) of \(content.utf8.count) is no digit of base64")
            }
        }
        guard !digits.isEmpty else { throw Other("an empty string") }
        return digits
    }

    /// The same digits with the padding that they should have.
    private static func padded(_ given: [UInt8]) throws(Other) -> [UInt8] {
        var digits = given
        let padding = digits.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        digits.removeLast(padding)
        guard padding <= 2, !digits.contains(UInt8(ascii: "=")) else {
            throw Other("padding (=) that does not end the string")
        }
        guard digits.count % 4 != 1 else {
            throw Other("\(digits.count) digits, which no number of bytes has (is it cut off?)")
        }
        return digits + [UInt8](repeating: UInt8(ascii: "="), count: (4 - digits.count % 4) % 4)
    }

    /// What stands before the first colon, if it can be the name of a scheme (RFC 3986 section 3.1); base64 has no
    /// colon.
    private static func scheme(of text: String) -> String? {
        let name = text.utf8.prefix(16).prefix { $0 != UInt8(ascii: ":") }
        guard name.count < min(16, text.utf8.count), name.allSatisfy({ $0.isASCIIAlphanumeric }) else { return nil }
        return String(decoding: name, as: UTF8.self).lowercased()
    }
}
