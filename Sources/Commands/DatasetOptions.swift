import ArgumentParser
import Datasets
import JSON

/// Which data set, and how it is read: options, or the object `dataset` of a `train.json`, which options overrule.
struct DatasetOptions: ParsableArguments {
    @Option(help: "A train.json, or a file with its object \"dataset\" alone.")
    var config: String?

    @Option(help: "folder, ...: see Documentation/Datasets.md.")
    var kind: String?

    @Option(help: "The folder of the set; of medmnist its file, of pcam and nifti a folder or one file in it.")
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
        // What is not said here the file says, or the set is never opened.
        var object: JSONObject = ["kind": .string(DatasetSettings.Kind.folder.rawValue), "path": "."]
        for (key, value) in fields { object[key] = value }
        do {
            _ = try DatasetSettings(json: JSONCursor(object))
            if let groupPattern { try DatasetSettings.check(pattern: groupPattern) }
        } catch let error as JSONMismatch {
            throw ValidationError("\(Self.option(at: error.pointer)): expected \(error.expected), got \(error.got).")
        } catch let error as DatasetError {
            throw ValidationError("--group-pattern: expected \(error.expected), got \(error.got).")
        }
    }

    /// - Parameter pointer: `/group_column`, or `/attributes/0` of the first `--attribute`.
    private static func option(at pointer: String) -> String {
        let field = pointer.dropFirst().prefix { $0 != "/" }
        return field == "attributes" ? "--attribute" : "--" + String(field.map { $0 == "_" ? "-" : $0 })
    }

    /// - Throws: `JSONMismatch` or `DatasetError` for what is not as it must be.
    func settings() throws -> DatasetSettings {
        var object = try config.map { try DatasetSettings.configuration(path: $0) } ?? JSONObject()
        for (key, value) in fields { object[key] = value }
        return try DatasetSettings(json: JSONCursor(object))
    }

    /// The members of `dataset` that options name.
    private var fields: JSONObject {
        var fields = JSONObject()
        for (key, text) in [
            ("kind", kind), ("path", path), ("group_column", groupColumn), ("group_pattern", groupPattern),
            ("on_error", onError),
        ] {
            if let text { fields[key] = .string(text) }
        }
        guard !attribute.isEmpty else { return fields }
        fields["attributes"] = .array(
            attribute.map { text in
                guard text.hasSuffix(":multiple") else { return .string(text) }
                return ["name": .string(String(text.dropLast(9))), "multiple": true]
            })
        return fields
    }
}
