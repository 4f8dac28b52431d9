import JSON

/// When a run ends before its images are done.
public struct StopSettings: Sendable, Equatable {
    /// Bits per dimension by which held-out images may be worse than training images: beyond, the network copies.
    public var gap: Double?
    /// Times that every image has been seen.
    public var epochs: Int?

    public init() {}

    /// `{"gap", "epochs"}`.
    init(_ cursor: JSONCursor) throws(JSONMismatch) {
        try cursor.refuseMembers(otherThan: ["gap", "epochs"])
        gap = try cursor.member("gap")?.double(in: 1e-6...1e3)
        epochs = try cursor.member("epochs")?.int(in: 1...1_000_000_000)
    }

    var json: JSONValue {
        var object = JSONObject()
        object["gap"] = gap.map { .double($0) }
        object["epochs"] = epochs.map { .integer($0) }
        return .object(object)
    }
}
