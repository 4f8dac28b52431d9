import JSON

extension SamplingSettings {
    /// The names of the members that the settings have in requests and in recipes.
    public static let fields = [
        "sampler", "steps", "eta", "guidance", "seed", "noise", "bit_depth", "guidance_rescale", "guidance_interval",
        "sampler_options",
    ]

    /// The settings as members of a request or of a recipe; an option that is nil is absent. The seed is a string,
    /// because 64 bits do not survive JavaScript.
    public var json: JSONObject {
        var object: JSONObject = [
            "sampler": .string(sampler.rawValue), "steps": .integer(steps), "eta": .double(eta),
            "guidance": .double(guidance), "seed": .string(String(seed)), "noise": .string(noise.rawValue),
            "bit_depth": .integer(bitDepth), "guidance_rescale": .double(guidanceRescale),
        ]
        object["guidance_interval"] = guidanceInterval?.json
        object["sampler_options"] = samplerOptions.json.map { .object($0) }
        return object
    }

    /// Reads what `json` wrote among the members of a recipe or of a stored request, in which options that came later
    /// than the first images may be absent.
    ///
    /// - Throws: `JSONMismatch` (pointer, expected, got) or `InvalidSetting`.
    public init(_ recipe: JSONCursor) throws {
        sampler = try recipe.requiredChoice("sampler")
        steps = try recipe.required("steps").int()
        eta = try recipe.required("eta").double()
        guidance = try recipe.required("guidance").double()
        samplerOptions = try recipe.member("sampler_options").map { try SamplerOptions($0) } ?? SamplerOptions()
        guidanceRescale = try recipe.member("guidance_rescale")?.double() ?? 0
        guidanceInterval = try recipe.member("guidance_interval").map { try GuidanceInterval($0) }
        let seedText = try recipe.required("seed")
        guard let seed = UInt64(try seedText.string()) else {
            throw seedText.mismatch(expected: "a string of digits, 0 to \(UInt64.max)")
        }
        self.seed = seed
        noise = try recipe.requiredChoice("noise")
        bitDepth = try recipe.required("bit_depth").int()
    }
}

extension JSONObject {
    /// The same members, those that are named in the order of the names, then the others as they come.
    public func ordered(by names: [String]) -> JSONObject {
        var ordered = JSONObject()
        for name in names { ordered[name] = self[name] }
        // What has its place already keeps it.
        for (name, value) in self { ordered[name] = value }
        return ordered
    }
}
