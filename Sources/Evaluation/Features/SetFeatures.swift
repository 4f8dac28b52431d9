/// What an extractor made of a set of images.
public struct SetFeatures: Sendable {
    public let table: FeatureTable
    /// [count, number of logits]; nil where the extractor has none.
    public let logits: FeatureTable?

    /// SHA-256 over the digests of the images' pixels; nil where features were given.
    public var digest: String?

    public init(table: FeatureTable, logits: FeatureTable? = nil) { (self.table, self.logits) = (table, logits) }

    init(extractor: String, rows: [FeatureRow], groups: [String]?) throws {
        guard let first = rows.first else {
            throw EvaluationError("features of \(extractor)", expected: "at least one image", got: "none")
        }
        table = try FeatureTable(
            extractor: extractor, dimension: first.features.count, values: rows.flatMap(\.features), groups: groups)
        logits =
            first.logits.isEmpty
            ? nil
            : try FeatureTable(
                extractor: extractor, dimension: first.logits.count, values: rows.flatMap(\.logits), groups: groups)
    }
}
