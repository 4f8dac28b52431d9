import Bytes
import JSON

extension Restoration {
    /// The member `restoration` of a recipe.
    var json: JSONValue {
        var object: JSONObject = [
            "method": .string(method.rawValue), "image_sha256": .string(imageDigest.hexadecimal),
        ]
        object["mask_sha256"] = maskDigest.map { .string($0.hexadecimal) }
        object["scale"] = scale.map { .integer($0) }
        object["resample"] = resampling.json
        object["noise_level"] = .double(noiseLevel)
        object["value_range"] = [.double(valueRange.lowerBound), .double(valueRange.upperBound)]
        object["concatenation"] = concatenation.map {
            ["order": .string($0.order.rawValue), "upsampling": .string($0.upsampling.rawValue)]
        }
        return .object(object)
    }

    init(_ cursor: JSONCursor) throws {
        try cursor.refuseMembers(otherThan: [
            "method", "image_sha256", "mask_sha256", "scale", "resample", "noise_level", "value_range", "concatenation",
        ])
        self.init(
            method: try cursor.requiredChoice("method"),
            imageDigest: try cursor.requiredDigest("image_sha256"))
        maskDigest = try cursor.member("mask_sha256").map { _ in try cursor.requiredDigest("mask_sha256") }
        scale = try cursor.member("scale")?.int(in: 1...8)
        resampling = try Resampling(cursor.required("resample"))
        noiseLevel = try cursor.required("noise_level").double(in: 0...1)
        valueRange = try cursor.required("value_range").interval(in: -1e6...1e6, gap: 1e-6)
        if let member = try cursor.member("concatenation") {
            try member.refuseMembers(otherThan: ["order", "upsampling"])
            concatenation = Concatenation(
                order: try member.requiredChoice("order"), upsampling: try member.requiredChoice("upsampling"))
        }
    }
}

extension Restoration.Resampling {
    public var json: JSONValue { ["length": .integer(length), "count": .integer(count)] }

    /// Reads what `json` wrote.
    public init(_ cursor: JSONCursor) throws(JSONMismatch) {
        try cursor.refuseMembers(otherThan: ["length", "count"])
        self.init(
            length: try cursor.required("length").int(in: 1...1000),
            count: try cursor.required("count").int(in: 1...1000))
    }
}
