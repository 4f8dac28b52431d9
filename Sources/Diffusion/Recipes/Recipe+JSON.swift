import JSON

extension Recipe {
    private static let fields: Set = [
        "arithmetic", "kind", "weights_sha256", "scheduler", "sampler", "steps", "eta", "guidance", "condition", "seed", "noise",
        "width", "height", "channels", "bit_depth", "guidance_rescale", "guidance_interval", "restoration", "sampler_options",
    ]

    /// The recipe as an object; `canonical` are its bytes. The seed is a string, because 64 bits do not survive JavaScript.
    ///
    /// Options that came later than the first images are written only where they are used, so that the recipes of those
    /// images read and hash as ever.
    public var json: JSONObject {
        var object: JSONObject = [
            "arithmetic": .integer(arithmetic), "kind": .string(kind.rawValue), "weights_sha256": .string(weightsSHA256),
            "scheduler": .object(scheduler.json), "sampler": .string(sampler.rawValue), "steps": .integer(steps),
            "eta": .double(eta), "guidance": .double(guidance), "condition": condition.json, "seed": .string(String(seed)),
            "noise": .string(noise.rawValue), "width": .integer(width), "height": .integer(height),
            "channels": .integer(channels), "bit_depth": .integer(bitDepth),
        ]
        if guidanceRescale != 0 { object["guidance_rescale"] = .double(guidanceRescale) }
        object["guidance_interval"] = guidanceInterval?.json
        object["restoration"] = restoration?.json
        object["sampler_options"] = samplerOptions.json.map { .object($0) }
        return object
    }

    /// One line, sorted keys, no spaces: equal recipes have equal bytes.
    public var canonical: [UInt8] { json.serialized(sortedKeys: true) }

    /// Reads what `json` wrote and checks it.
    ///
    /// - Throws: `JSONMismatch` (pointer, expected, got) or `InvalidSetting`.
    public init(json: JSONObject) throws {
        let root = JSONCursor(json)
        try root.refuseMembers(otherThan: Self.fields)
        arithmetic = try root.required("arithmetic").int()
        kind = try root.requiredChoice("kind")
        weightsSHA256 = try root.required("weights_sha256").string()
        scheduler = try SchedulerConfiguration(json: try root.required("scheduler").object())
        sampler = try root.requiredChoice("sampler")
        steps = try root.required("steps").int()
        eta = try root.required("eta").double()
        guidance = try root.required("guidance").double()
        samplerOptions = try root.member("sampler_options").map { try SamplerOptions($0) } ?? SamplerOptions()
        guidanceRescale = try root.member("guidance_rescale")?.double() ?? 0
        guidanceInterval = try root.member("guidance_interval").map { try GuidanceInterval($0) }
        condition = try Condition(root.required("condition"))
        let seedText = try root.required("seed")
        guard let seed = UInt64(try seedText.string()) else {
            throw seedText.mismatch(expected: "a string of digits, 0 to \(UInt64.max)")
        }
        self.seed = seed
        noise = try root.requiredChoice("noise")
        width = try root.required("width").int()
        height = try root.required("height").int()
        channels = try root.required("channels").int()
        bitDepth = try root.required("bit_depth").int()
        restoration = try root.member("restoration").map { try Restoration($0) }
        try validate()
    }

    /// Reads the bytes of `canonical` (or the same JSON in another layout).
    public init(bytes: [UInt8]) throws {
        self = try Recipe(json: try JSONCursor(JSONReader().read(bytes)).object())
    }
}

extension JSONCursor {
    func requiredChoice<Choice: RawRepresentable & CaseIterable>(_ key: String) throws -> Choice
    where Choice.RawValue == String {
        if let value: Choice = try choice(key) { return value }
        throw JSONMismatch(pointer: pointer(to: key), expected: "a value", got: "nothing")
    }
}
