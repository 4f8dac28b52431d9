/// Thrown for an evaluation that was left before its end because nobody wanted it any more.
public struct EvaluationAbandoned: Error, Sendable, Equatable, CustomStringConvertible {
    public init() {}

    public var description: String { "the evaluation was left before its end, as nobody wanted it any more" }
}
