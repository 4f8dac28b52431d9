import JSON

/// The JSON files of a model folder.
package enum ConfigurationFile {
    /// Configs are a few kilobytes; an index of 100,000 weights is some ten megabytes.
    static let maximumSize = 64 << 20

    /// The object in the file. Takes bare `-Infinity`, `Infinity` and `NaN`, as Python writes them.
    package static func read(_ path: String) throws(CheckpointError) -> JSONObject {
        let file = try MappedFile(path: path)
        guard file.size <= maximumSize else {
            throw CheckpointError(
                path: path, expected: "a JSON file of at most \(maximumSize) bytes", got: "\(file.size) bytes")
        }
        let bytes = try file.map(at: 0, count: file.size) { (byte: UInt8) in byte }
        do {
            return try JSONCursor(try JSONReader(.init(allowsNonFinite: true)).read(bytes)).object()
        } catch let error as JSONSyntaxError {
            let kind = ForeignFile.describe(bytes).flatMap { $0 == "JSON" ? nil : $0 }
            throw CheckpointError(path: path, expected: "JSON", got: kind ?? error.description)
        } catch let error as JSONMismatch {
            throw CheckpointError(path: path, error)
        } catch { throw CheckpointError(path: path, expected: "JSON", got: "\(error)") }
    }

    /// Writes as diffusers does: indent 2, keys sorted, trailing newline.
    package static func write(_ object: JSONObject, to path: String) throws(CheckpointError) {
        let writer = JSONWriter(sortedKeys: true, indent: 2, writesNonFinite: true)
        try writeWholeFile(writer.write(.object(object)) + [UInt8(ascii: "\n")], to: path)
    }
}
