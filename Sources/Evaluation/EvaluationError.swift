/// Input of an evaluation that cannot be used: where it is wrong, what was expected, what was found.
public struct EvaluationError: Error, Hashable, Sendable, CustomStringConvertible {
    public let place: String
    public let expected: String
    public let got: String

    public init(_ place: String, expected: String, got: String) {
        self.place = place
        self.expected = expected
        self.got = got
    }

    public var description: String { "\(place): expected \(expected), got \(got)" }
}
