import Bytes

/// The grammar of model names: they stand in paths, logs and file names.
public enum ModelName {
    /// The grammar in words, for messages.
    package static let expectation = "1 to 128 characters of A-Z a-z 0-9 . _ -, the first a letter or digit"

    /// Whether `name` can be the name of a model.
    public static func isValid(_ name: String) -> Bool {
        let bytes = name.utf8
        guard (1...128).contains(bytes.count), let first = bytes.first, first.isASCIIAlphanumeric else { return false }
        return bytes.allSatisfy { $0.isASCIIAlphanumeric || ".-_".utf8.contains($0) }
    }
}
