/// What an extractor made of a set of images.
public struct SetFeatures: Sendable {
    public let table: FeatureTable
    /// [count, number of logits]; nil where the extractor has none.
    public let logits: FeatureTable?

    /// SHA-256 over the digests of the images' pixels; nil where features were given.
    public var digest: String?

    public init(table: FeatureTable, logits: FeatureTable? = nil) { (self.table, self.logits) = (table, logits) }
}
