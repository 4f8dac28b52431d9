import JSON

/// A setting that cannot be used: which source named it, where in it, what was expected and what stands there.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The path of the file, the name of the environment variable, or the option.
    public let source: String
    /// JSON pointer into the file (RFC 6901); empty where the source is one value.
    public let pointer: String
    public let expected: String
    public let got: String

    public init(source: String, pointer: String = "", expected: String, got: String) {
        self.source = source
        self.pointer = pointer
        self.expected = expected
        self.got = got
    }

    public var description: String {
        "\(source)\(pointer.isEmpty ? "" : " at \(pointer)"): expected \(expected), got \(got)"
    }
}
