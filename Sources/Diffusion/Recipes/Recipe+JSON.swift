import Bytes
import JSON

extension Recipe {
    /// Every member, in the order in which recipes are shown.
    private static let fields =
        [
            "arithmetic", "kind", "weights_sha256", "scheduler", "sampler", "steps", "eta", "guidance", "condition",
            "seed",
            "noise", "width", "height", "channels", "bit_depth", "guidance_rescale", "guidance_interval", "restoration",
        ] + SamplingSettings.fields

    /// The recipe as an object; `canonical` are its bytes.
    ///
    /// Options that came later than the first images are written only where they are used, so that the recipes of those
    /// images read and hash as ever.
    public var json: JSONObject {
        var object = settings.json
        if settings.guidanceRescale == 0 { object["guidance_rescale"] = nil }
        object["arithmetic"] = .integer(arithmetic)
        object["kind"] = .string(kind.rawValue)
        object["weights_sha256"] = .string(weightsSHA256.hexadecimal)
        object["scheduler"] = .object(scheduler.json)
        object["condition"] = condition.json
        object["width"] = .integer(width)
        object["height"] = .integer(height)
        object["channels"] = .integer(channels)
        object["restoration"] = restoration?.json
        return object.ordered(by: Self.fields)
    }

    /// One line, sorted keys, no spaces: equal recipes have equal bytes.
    public var canonical: [UInt8] { json.serialized(sortedKeys: true) }

    /// Reads what `json` wrote and checks it.
    ///
    /// - Throws: `JSONMismatch` (pointer, expected, got) or `InvalidSetting`.
    public init(json: JSONObject) throws {
        let root = JSONCursor(json)
        try root.refuseMembers(otherThan: Set(Self.fields))
        arithmetic = try root.required("arithmetic").int()
        kind = try root.requiredChoice("kind")
        weightsSHA256 = try root.requiredDigest("weights_sha256")
        scheduler = try SchedulerConfiguration(json: try root.required("scheduler").object())
        settings = try SamplingSettings(root)
        condition = try Condition(root.required("condition"))
        width = try root.required("width").int()
        height = try root.required("height").int()
        channels = try root.required("channels").int()
        restoration = try root.member("restoration").map { try Restoration($0) }
        try validate()
    }

    /// Reads the bytes of `canonical` (or the same JSON in another layout).
    public init(bytes: [UInt8]) throws {
        self = try Recipe(json: try JSONCursor(JSONReader().read(bytes)).object())
    }
}

extension JSONCursor {
    /// A digest in the one spelling that recipes have, so that equal recipes have equal bytes.
    ///
    /// - Throws: `JSONMismatch`, or `InvalidSetting` for a string that is no digest.
    func requiredDigest(_ key: String) throws -> Digest {
        let text = try required(key).string()
        guard let digest = Digest(hexadecimal: text), digest.hexadecimal == text else {
            throw InvalidSetting(key, expected: "64 lower-case hexadecimal digits", got: text)
        }
        return digest
    }
}
