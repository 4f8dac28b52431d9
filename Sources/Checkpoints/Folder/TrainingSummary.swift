import Bytes
import JSON

/// How a model came to be, as `phantom.json` carries it with the model: enough to make its bits again.
public struct TrainingSummary: Sendable, Equatable {
    /// The command that trained it, in the folder that paths of its settings start from.
    public var command: String
    /// SHA-256 of the run's `train.json`, with all that was filled in.
    public var settings: Digest
    /// Training images that it had seen, copies counted.
    public var images: Int
    /// Relative width of the power-function average that the weights are (Karras et al. 2024); nil for another one.
    public var averageWidth: Double?

    public init(command: String, settings: Digest, images: Int, averageWidth: Double?) {
        (self.command, self.settings, self.images, self.averageWidth) = (command, settings, images, averageWidth)
    }

    /// Reads the member `training` of `phantom.json`.
    /// - Throws: `JSONMismatch` for what is missing, unknown or of another form.
    init(_ cursor: JSONCursor) throws(JSONMismatch) {
        try cursor.refuseMembers(otherThan: ["command", "settings_sha256", "images", "average_width"])
        let digest = try cursor.required("settings_sha256")
        guard let settings = Digest(hexadecimal: try digest.string()) else {
            throw digest.mismatch(expected: "a SHA-256 of 64 hexadecimal digits")
        }
        self.init(
            command: try cursor.required("command").string(), settings: settings,
            images: try cursor.required("images").int(in: 0...1_000_000_000_000),
            averageWidth: try cursor.member("average_width")?.double(in: 0...1))
    }

    /// As `phantom.json` and `GET /v1/models` hold it.
    public var json: JSONObject {
        var object: JSONObject = [
            "command": .string(command), "settings_sha256": .string(settings.hexadecimal), "images": .integer(images),
        ]
        object["average_width"] = averageWidth.map { .double($0) }
        return object
    }
}
