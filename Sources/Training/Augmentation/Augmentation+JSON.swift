import JSON

extension Augmentation {
    /// `{"label_safe": {"rotation", "scale", "shift"} or true, "non_leaky": {"probability", "stain"} or true}`.
    init(_ cursor: JSONCursor) throws(JSONMismatch) {
        try cursor.refuseMembers(otherThan: ["label_safe", "non_leaky"])
        if let member = try Self.switched(cursor, "label_safe") {
            var settings = LabelSafe()
            if let member = member.given {
                try member.refuseMembers(otherThan: ["rotation", "scale", "shift"])
                settings.rotation = try member.member("rotation")?.double(in: 0...45) ?? settings.rotation
                settings.scale = try member.member("scale")?.double(in: 0...0.5) ?? settings.scale
                settings.shift = try member.member("shift")?.double(in: 0...0.5) ?? settings.shift
            }
            labelSafe = settings
        }
        if let member = try Self.switched(cursor, "non_leaky") {
            var settings = NonLeaky()
            if let member = member.given {
                try member.refuseMembers(otherThan: ["probability", "stain"])
                settings.probability = try member.member("probability")?.double(in: 0...1) ?? settings.probability
                settings.stain = try member.member("stain")?.bool() ?? settings.stain
            }
            nonLeaky = settings
        }
    }

    /// A member that is an object of settings, or true for their defaults, or false or absent for none.
    private static func switched(
        _ cursor: JSONCursor, _ key: String
    ) throws(JSONMismatch) -> (given: JSONCursor?, Void)? {
        guard let member = try cursor.member(key) else { return nil }
        guard let flag = member.value.bool else { return (member, ()) }
        return flag ? (nil, ()) : nil
    }

    var json: JSONValue {
        var object = JSONObject()
        object["label_safe"] =
            labelSafe.map {
                ["rotation": .double($0.rotation), "scale": .double($0.scale), "shift": .double($0.shift)]
            } ?? false
        object["non_leaky"] =
            nonLeaky.map { ["probability": .double($0.probability), "stain": .bool($0.stain)] } ?? false
        return .object(object)
    }
}
