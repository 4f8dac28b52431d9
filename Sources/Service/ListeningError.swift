/// An address that cannot be listened on.
public struct ListeningError: Error, Sendable, CustomStringConvertible {
    public let host: String
    public let port: Int
    public let reason: String

    public var description: String { "cannot listen on \(host), port \(port): \(reason)" }
}
