/// One number of an evaluation, with how far it can be trusted.
public struct Score: Sendable, Hashable {
    /// What a good value is.
    public enum Direction: String, Sendable, Hashable {
        case lower, higher
        /// Neither: the number describes.
        case none
    }

    /// Key of the number in `report.json`: `kernel_distance`.
    public internal(set) var name: String

    /// The number; nil where it cannot be computed, and then `reason` says why.
    public var value: Double?

    /// Ends of the 95 % interval, where one was made.
    public var interval: ClosedRange<Double>?

    /// Spread over the subsets or splits that the number is the mean of, where it is one; it is no interval.
    public var deviation: Double?

    /// Images of the real set, and of the synthetic one, that the number was made of.
    public var realCount: Int
    public var syntheticCount: Int

    /// Name of the features it was made of; nil where it was made of pixels.
    public var features: String?

    public var direction: Direction

    /// Why the number may mislead: too few images, one image a group.
    public var warnings: [String] = []

    /// Why there is no number.
    public var reason: String?

    public init(
        _ name: String, value: Double?, counts: (real: Int, synthetic: Int), features: String?, direction: Direction
    ) {
        self.name = name
        // Not a number is no number (JSON has none).
        self.value = value.flatMap { $0.isFinite ? $0 : nil }
        if value?.isFinite == false { reason = "the arithmetic ended in no finite number" }
        realCount = counts.real
        syntheticCount = counts.synthetic
        self.features = features
        self.direction = direction
    }

    /// A number that cannot be computed, and why.
    init(
        _ name: String, missing reason: String, counts: (real: Int, synthetic: Int), features: String?,
        direction: Direction
    ) {
        self.init(name, value: nil, counts: counts, features: features, direction: direction)
        self.reason = reason
    }
}
