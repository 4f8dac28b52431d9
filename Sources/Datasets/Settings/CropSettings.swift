import JSON

/// Parts that are cut out of each picture instead of taking it whole: the object `crops` of a data set.
public struct CropSettings: Sendable, Equatable {
    /// Pixels of both sides of a part.
    public var side: Int
    /// Pixels from one part to the next, across and down.
    public var stride: Int

    /// Parts of a picture at most.
    static let mostParts = 4096

    public init(side: Int, stride: Int) {
        (self.side, self.stride) = (side, stride)
    }

    /// - Throws: `JSONMismatch` naming the field.
    init(json: JSONCursor) throws {
        try json.refuseMembers(otherThan: ["side", "stride"])
        side = try json.required("side").int(in: 4...4096)
        stride = try json.member("stride")?.int(in: 1...4096) ?? side
    }

    var json: JSONValue { ["side": .integer(side), "stride": .integer(stride)] }

    /// The upper left pixels of the parts of a picture of so many pixels, row by row; what is left over at its right
    /// and lower edges is in no part.
    func places(width: Int, height: Int) -> [(x: Int, y: Int)] {
        guard width >= side, height >= side else { return [] }
        return Swift.stride(from: 0, through: height - side, by: stride).flatMap { y in
            Swift.stride(from: 0, through: width - side, by: stride).map { (x: $0, y: y) }
        }
    }
}
