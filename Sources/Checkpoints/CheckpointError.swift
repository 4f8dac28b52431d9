import JSON

/// Something about a checkpoint that is not as it must be.
public struct CheckpointError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file or folder.
    public let path: String
    /// What in it: a weight's key, a JSON pointer, a part of the layout; nil for the file itself.
    public let item: String?
    public let expected: String
    public let got: String

    public init(path: String, item: String? = nil, expected: String, got: String) {
        self.path = path
        self.item = item
        self.expected = expected
        self.got = got
    }

    init(path: String, _ mismatch: JSONMismatch) {
        self.init(path: path, item: mismatch.pointer, expected: mismatch.expected, got: mismatch.got)
    }

    public var description: String {
        (path.isEmpty ? "" : "\(path): ") + (item.map { "\($0): " } ?? "") + "expected \(expected), got \(got)"
    }
}
