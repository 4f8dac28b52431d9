/// A model that cannot be loaded, and why.
public struct ModelLoadingError: Error, Sendable, CustomStringConvertible {
    public let path: String
    public let reason: String

    package init(path: String, reason: String) { (self.path, self.reason) = (path, reason) }

    public var description: String { "cannot load the model \(path): \(reason)" }
}
