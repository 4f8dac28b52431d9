/// Measurements of one name, told apart by labels: what Prometheus calls a metric family.
public struct MetricFamily: Hashable, Sendable {
    /// What is measured, and how it adds up.
    public enum Kind: Hashable, Sendable {
        /// A total that only grows; its name ends in `_total`.
        case counter
        /// A number as it is now.
        case gauge
        /// How often a number lay at or below each of these bounds, which ascend; beside that the sum and the count.
        case histogram(bounds: [Double])
    }

    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`, with the unit at its end where there is one (before `_total`).
    public let name: String
    public let kind: Kind
    /// One sentence for people.
    public let help: String

    public init(_ name: String, _ kind: Kind, _ help: String) {
        (self.name, self.kind, self.help) = (name, kind, help)
    }

    /// The names of the samples that the family has in an exposition.
    public var sampleNames: [String] {
        switch kind {
        case .counter, .gauge: [name]
        case .histogram: [name + "_bucket", name + "_sum", name + "_count"]
        }
    }
}
