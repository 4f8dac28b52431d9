import JSON

/// What an evaluation found, and how it was made: `report.json`.
public struct EvaluationReport: Sendable {
    /// The form of the document, which changes when a reader would have to.
    public static let format = "phantom-evaluation-1"

    /// A set of images that was compared.
    public struct Set: Sendable {
        public let role: ImageSet.Role
        public let path: String
        public let images: Int
        /// Patients, subjects or slides; nil where nothing tells them.
        public let groups: Int?
        /// SHA-256 over the digests of the images' pixels; nil where features were given.
        public let digest: String?

        var json: JSONObject {
            var object: JSONObject = ["path": .string(path), "images": .integer(images)]
            object["groups"] = groups.map { .integer($0) } ?? .null
            object["sha256"] = digest.map { .string($0) } ?? .null
            return object
        }
    }

    /// The command as it was given.
    public var command: [String] = []
    /// When it was made, ISO 8601; the one thing that differs from run to run.
    public var created: String?
    /// What subsets and replicates were drawn with.
    public var seed: UInt64 = 0
    public var sets: [Set]
    public var scores: [Score]
    /// What is known of the extractor beside its name.
    public var features: JSONObject
    /// What was assumed or passed over, a sentence each.
    public var notes: [String] = []
    /// Parts that only some evaluations have, under their names.
    public var parts = JSONObject()

    public init(sets: [Set], scores: [Score], features: JSONObject) {
        (self.sets, self.scores, self.features) = (sets, scores, features)
    }

    public var json: JSONObject {
        var object: JSONObject = ["format": .string(Self.format)]
        object["created"] = created.map { .string($0) }
        object["command"] = .array(command.map { .string($0) })
        object["sets"] = .object(JSONObject(sets.map { ($0.role.rawValue, .object($0.json)) }))
        object["features"] = .object(features)
        object["seed"] = .string(String(seed))
        object["metrics"] = .object(scores.json)
        for (name, value) in parts { object[name] = value }
        object["notes"] = .array(notes.map { .string($0) })
        return object
    }
}
