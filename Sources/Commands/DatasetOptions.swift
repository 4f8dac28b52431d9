import ArgumentParser
import Datasets
import JSON

/// Which data set, and how it is read: options, or the object `dataset` of a `train.json`, which options overrule.
struct DatasetOptions: ParsableArguments {
    @Option(help: "A train.json, or a file with its object \"dataset\" alone.")
    var config: String?

    @Option(help: "folder, ...: see Documentation/Datasets.md.")
    var kind: String?

    @Option(help: "The folder or file of the set.")
    var path: String?

    @Option(help: "A column of the table that is an attribute; :multiple behind it for several values. Repeatable.")
    var attribute: [String] = []

    @Option(help: "The column that names an image's patient, subject or slide.")
    var groupColumn: String?

    @Option(help: "A regular expression whose first group, in an image's path, names its patient, subject or slide.")
    var groupPattern: String?

    @Option(help: "What happens at an image that cannot be read: stop or skip.")
    var onError: String?

    func validate() throws {
        guard config != nil || kind != nil && path != nil else {
            throw ValidationError("Expected --kind and --path, or --config.")
        }
    }

    /// - Throws: `JSONMismatch` or `DatasetError` for what is not as it must be.
    func settings() throws -> DatasetSettings {
        var object = try config.map { try DatasetSettings.configuration(path: $0) } ?? JSONObject()
        for (key, text) in [
            ("kind", kind), ("path", path), ("group_column", groupColumn), ("group_pattern", groupPattern),
            ("on_error", onError),
        ] {
            if let text { object[key] = .string(text) }
        }
        if !attribute.isEmpty {
            object["attributes"] = .array(
                attribute.map { text in
                    guard text.hasSuffix(":multiple") else { return .string(text) }
                    return ["name": .string(String(text.dropLast(9))), "multiple": true]
                })
        }
        return try DatasetSettings(json: JSONCursor(object))
    }
}
