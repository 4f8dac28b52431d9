/// The feature vectors of a set of images: one row an image, and what is known of it.
public struct FeatureTable: Sendable {
    /// Name of the extractor that made the rows, which every number made of them carries: `efficientnet-lite0`.
    public let extractor: String

    /// Values of a row.
    public let dimension: Int

    /// The rows one after the other, `count` x `dimension` values.
    public let values: [Float]

    /// The patient, subject or slide of each row, where it is known; rows of one group are resampled together.
    public let groups: [String]?

    /// Number of rows.
    public var count: Int { values.count / dimension }

    /// Makes a table of its rows.
    ///
    /// - Throws: `EvaluationError` where the values are no whole number of rows, one of them is not finite, or `groups`
    ///   has another count.
    public init(extractor: String, dimension: Int, values: [Float], groups: [String]? = nil) throws {
        guard dimension > 0, !values.isEmpty, values.count.isMultiple(of: dimension) else {
            throw EvaluationError(
                "features of \(extractor)", expected: "rows of \(dimension) values", got: "\(values.count) values")
        }
        if let place = values.firstIndex(where: { !$0.isFinite }) {
            throw EvaluationError(
                "features of \(extractor), row \(place / dimension), value \(place % dimension)",
                expected: "a finite number", got: "\(values[place])")
        }
        let count = values.count / dimension
        if let groups, groups.count != count {
            throw EvaluationError(
                "groups of the features of \(extractor)", expected: "\(count), one a row", got: "\(groups.count)")
        }
        self.extractor = extractor
        self.dimension = dimension
        self.values = values
        self.groups = groups
    }

    /// The values of row `index`.
    public subscript(index: Int) -> ArraySlice<Float> {
        values[index * dimension..<(index + 1) * dimension]
    }
}
