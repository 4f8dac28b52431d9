import JSON

/// Which slices of volumes are images, and how they are shown: the object `volumes` of a data set.
public struct VolumeSettings: Sendable, Equatable {
    /// Contrasts that are taken (`T1`, `T1CE`, `T2`, `FLAIR`, `PD`, `MRA`); nil takes all.
    public var contrasts: [String]?
    /// Millimetres between slices, at least.
    public var distance = 4.0
    /// The least share of a slice that is foreground: above a tenth of the window.
    public var foreground = 0.1
    /// Quantiles of the voxels that are not zero which become black and white.
    public var quantiles = 0.005...0.995
    /// Whether the subject's left side is on the left of the pictures (neurological), or on the right (radiological).
    public var leftFirst = true

    public init() {}

    /// - Throws: `JSONMismatch` naming the field.
    init(json: JSONCursor) throws {
        try json.refuseMembers(otherThan: ["contrasts", "distance", "foreground", "window", "display"])
        contrasts = try json.member("contrasts")?.elements(count: 1...20).map { try $0.string() }
        distance = try json.member("distance")?.double(in: 0...1000) ?? distance
        foreground = try json.member("foreground")?.double(in: 0...1) ?? foreground
        if let window = try json.member("window") {
            let percents = try window.interval(in: 0...100, gap: 1)
            quantiles = percents.lowerBound / 100...percents.upperBound / 100
        }
        if let display = try json.member("display") {
            leftFirst = try display.string(oneOf: ["neurological", "radiological"]) == "neurological"
        }
    }

    var json: JSONValue {
        var object: JSONObject = [
            "distance": .double(distance), "foreground": .double(foreground),
            "window": .array([.double(quantiles.lowerBound * 100), .double(quantiles.upperBound * 100)]),
            "display": .string(leftFirst ? "neurological" : "radiological"),
        ]
        if let contrasts { object["contrasts"] = .array(contrasts.map { .string($0) }) }
        return .object(object)
    }
}
