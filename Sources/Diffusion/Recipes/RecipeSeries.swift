import JSON

/// One recipe under consecutive seeds: what a job of several images makes. It is fixed when the job is accepted;
/// whatever becomes of the model's files, of defaults and of limits afterwards, these are the images.
public struct RecipeSeries: Sendable, Equatable {
    /// The recipe of the first image.
    public let first: Recipe
    /// Images; at least 1.
    public let count: Int

    /// Images of one job at most, whatever a service's own limit.
    public static let maximumCount = 1_000_000

    /// - Throws: `InvalidSetting` for a count outside 1 ... `maximumCount`.
    public init(first: Recipe, count: Int) throws(InvalidSetting) {
        guard (1...Self.maximumCount).contains(count) else {
            throw InvalidSetting("count", expected: "1 to \(Self.maximumCount)", got: "\(count)")
        }
        (self.first, self.count) = (first, count)
    }

    /// The seed of one image: that of the first + `image`, wrapping at 2^64.
    public func seed(of image: Int) -> UInt64 { first.seed &+ UInt64(truncatingIfNeeded: image) }

    /// The recipe of one image.
    public subscript(image: Int) -> Recipe {
        var recipe = first
        recipe.seed = seed(of: image)
        return recipe
    }

    /// The recipe without its seed, the first seed and the count.
    public var json: JSONObject {
        var recipe = first.json
        let seed = recipe["seed"]
        recipe["seed"] = nil
        return ["count": .integer(count), "recipe": .object(recipe), "seed": seed ?? .null]
    }

    /// Reads what `json` wrote and checks it.
    ///
    /// - Throws: `JSONMismatch` (pointer, expected, got) or `InvalidSetting`.
    public init(json: JSONObject) throws {
        let root = JSONCursor(json)
        try root.refuseMembers(otherThan: ["count", "recipe", "seed"])
        var recipe = try root.required("recipe").object()
        recipe["seed"] = try root.required("seed").value
        try self.init(first: try Recipe(json: recipe), count: try root.required("count").int())
    }
}
