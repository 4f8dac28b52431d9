import Bytes

/// The name under which a file is saved (RFC 6266): the model and the seed, so that a folder of downloads tells which
/// is which.
package enum ContentDisposition {
    /// `inline; filename="cxr64-7.png"`: shown in a browser as before, and named where it is saved.
    ///
    /// - Parameter parts: words of the name, joined with hyphens. What is no letter, digit, dot, underscore or hyphen
    ///   of ASCII becomes an underscore (RFC 6266 appendix D: such names mean the same to every client, with neither
    ///   escapes nor `filename*`); names of models and seeds have nothing else.
    package static func inline(_ parts: [String], extension suffix: String) -> String {
        "inline; " + filename(parts, suffix)
    }

    /// `attachment; filename="cxr64-0190.zip"`: saved, not shown.
    package static func attachment(_ parts: [String], extension suffix: String) -> String {
        "attachment; " + filename(parts, suffix)
    }

    private static func filename(_ parts: [String], _ suffix: String) -> String {
        let name = parts.joined(separator: "-").unicodeScalars.map { scalar in
            let isPlain =
                scalar.isASCII
                && (UInt8(scalar.value).isASCIIAlphanumeric || "._-".unicodeScalars.contains(scalar))
            return isPlain ? String(scalar) : "_"
        }
        return "filename=\"\(name.joined()).\(suffix)\""
    }
}
