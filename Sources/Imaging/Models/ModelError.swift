/// A model that can be read but not served.
public struct ModelError: Error, Sendable, Equatable, CustomStringConvertible {
    public let item: String
    public let expected: String
    public let got: String

    public var description: String { "\(item): expected \(expected), got \(got)" }
}
