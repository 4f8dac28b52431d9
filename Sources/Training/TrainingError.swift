import JSON

/// What keeps a run from beginning or from going on: where, what was expected, what was found, and the way out.
public struct TrainingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A key of train.json, a file, or a part of the run.
    public let place: String
    public let expected: String
    public let got: String
    /// What can be done about it; empty where that is plain.
    public let remedy: String

    public init(_ place: String, expected: String, got: String, remedy: String = "") {
        (self.place, self.expected, self.got, self.remedy) = (place, expected, got, remedy)
    }

    init(_ file: String, _ mismatch: JSONMismatch) {
        self.init(
            "\(file): \(mismatch.pointer.isEmpty ? "/" : mismatch.pointer)", expected: mismatch.expected,
            got: mismatch.got)
    }

    public var description: String {
        "\(place): expected \(expected), got \(got)" + (remedy.isEmpty ? "" : ": \(remedy)")
    }
}
