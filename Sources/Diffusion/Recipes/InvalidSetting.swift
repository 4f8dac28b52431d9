/// A setting that a sampler, a schedule or a recipe cannot be made with: which, what would do, what was given.
public struct InvalidSetting: Error, Equatable, Sendable, CustomStringConvertible {
    /// The name as the user or the file spells it, such as `steps` or `beta_schedule`.
    public let field: String
    public let expected: String
    public let got: String

    public init(_ field: String, expected: String, got: String) {
        self.field = field
        self.expected = expected
        self.got = got
    }

    public var description: String { "\(field): expected \(expected), got \(got)" }
}
