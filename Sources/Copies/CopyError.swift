/// An index of training images that cannot be used, or made: where it is wrong, what was expected, what was found.
public struct CopyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, or a part of it.
    public let place: String
    public let expected: String
    public let got: String

    public init(_ place: String, expected: String, got: String) {
        (self.place, self.expected, self.got) = (place, expected, got)
    }

    public var description: String { "\(place): expected \(expected), got \(got)" }
}
