/// Why an image could not be built, read or written: what was wrong, what was expected there, what was found.
public struct ImageError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        /// The bytes are no PNG at all.
        case notPNG
        /// The bytes are no DICOM file at all.
        case notDICOM
        /// A PNG or DICOM file, but damaged: truncated, a wrong checksum, or against its standard.
        case damaged
        /// A sound file of a form that is not read here, such as compressed DICOM.
        case unsupported
        /// Larger than the limits the caller set; nothing was allocated for it.
        case overLimit
        /// A value given by the program itself does not make an image (sizes, samples, text).
        case invalidValue
        /// libpng could not go on for a reason of its own, such as memory.
        case library
    }

    public let kind: Kind
    /// The thing at fault, e.g. `chunk IDAT`.
    public let what: String
    public let expected: String
    public let got: String
    /// Where in the file, in bytes from its start, if that is known.
    public let offset: Int?

    public init(_ kind: Kind, _ what: String, expected: String, got: String, offset: Int? = nil) {
        self.kind = kind
        self.what = what
        self.expected = expected
        self.got = got
        self.offset = offset
    }

    public var description: String {
        let place = offset.map { " at byte \($0)" } ?? ""
        return "\(what)\(place): expected \(expected), got \(got)"
    }
}
