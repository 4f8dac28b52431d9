import JSON

/// Something about a data set that is not as it must be: where, what was expected, what was found, and the way out.
public struct DatasetError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file or folder.
    public let path: String
    /// What in it: a row, a column, an image, a class; nil for the file itself.
    public let item: String?
    public let expected: String
    public let got: String
    /// What the user can do; nil where the message says it already.
    public let remedy: String?

    public init(path: String, item: String? = nil, expected: String, got: String, remedy: String? = nil) {
        (self.path, self.item, self.expected, self.got, self.remedy) = (path, item, expected, got, remedy)
    }

    public var description: String {
        (path.isEmpty ? "" : "\(path): ") + (item.map { "\($0): " } ?? "") + "expected \(expected), got \(got)"
            + (remedy.map { "; \($0)" } ?? "")
    }
}
