/// The feature vectors of a set of images: one row an image, and what is known of it.
public struct FeatureTable: Sendable {
    /// Name of the extractor that made the rows, which every number made of them carries: `efficientnet-lite0`.
    public let extractor: String

    /// Values of a row.
    public let dimension: Int

    /// Number of rows.
    public let count: Int

    /// The patient, subject or slide of each row, where it is known; rows of one group are resampled together.
    public let groups: [String]?

    private let storage: FeatureStorage

    /// The row of the storage that each row is; nil where all are there in their order.
    private let places: [Int]?

    /// Bytes of a set's features up to which they are held in memory; larger ones stay in their files.
    static let mostInMemory = 1 << 28

    /// Makes a table of its rows, one after the other.
    ///
    /// - Throws: `EvaluationError` where the values are no whole number of rows, one of them is not finite, or `groups`
    ///   has another count.
    public init(extractor: String, dimension: Int, values: [Float], groups: [String]? = nil) throws(EvaluationError) {
        guard dimension > 0, !values.isEmpty, values.count.isMultiple(of: dimension) else {
            throw EvaluationError(
                "features of \(extractor)", expected: "rows of \(dimension) values", got: "\(values.count) values")
        }
        if let place = values.firstIndex(where: { !$0.isFinite }) {
            throw EvaluationError(
                "features of \(extractor), row \(place / dimension), value \(place % dimension)",
                expected: "a finite number", got: "\(values[place])")
        }
        try self.init(
            extractor: extractor, .memory(values, dimension: dimension), count: values.count / dimension,
            groups: groups)
    }

    /// Makes a table of rows that stay in files, and whose values have been looked at.
    ///
    /// - Throws: `EvaluationError` where `groups` has another count than there are rows.
    init(extractor: String, _ files: FeatureFiles, groups: [String]? = nil) throws(EvaluationError) {
        try self.init(extractor: extractor, .files(files), count: files.count, groups: groups)
    }

    private init(
        extractor: String, _ storage: FeatureStorage, places: [Int]? = nil, count: Int, groups: [String]?
    ) throws(EvaluationError) {
        if let groups, groups.count != count {
            throw EvaluationError(
                "groups of the features of \(extractor)", expected: "\(count), one a row", got: "\(groups.count)")
        }
        (self.extractor, self.storage, self.places, self.count) = (extractor, storage, places, count)
        (dimension, self.groups) = (storage.dimension, groups)
    }

    /// The values of row `index`.
    /// - Throws: `EvaluationError` where a file cannot be read any more.
    public subscript(index: Int) -> ArraySlice<Float> {
        get throws(EvaluationError) { try storage.row(places?[index] ?? index) }
    }

    /// The values of rows one after the other.
    /// - Throws: as the subscript.
    func values(_ rows: Range<Int>) throws(EvaluationError) -> [Float] {
        if places == nil { return try storage.rows(rows) }
        var values: [Float] = []
        values.reserveCapacity(rows.count * dimension)
        for row in rows { values += try self[row] }
        return values
    }

    /// The table of some of the rows, in the order given; it has no values of its own.
    /// - Throws: `EvaluationError` where there are none.
    public init(_ table: FeatureTable, rows: [Int]) throws(EvaluationError) {
        guard !rows.isEmpty else {
            throw EvaluationError("features of \(table.extractor)", expected: "one row or more", got: "none")
        }
        try self.init(
            extractor: table.extractor, table.storage, places: rows.map { table.places?[$0] ?? $0 },
            count: rows.count, groups: table.groups.map { groups in rows.map { groups[$0] } })
    }

    /// The same rows of other groups.
    /// - Throws: `EvaluationError` where there are not as many of them as rows.
    init(_ table: FeatureTable, groups: [String]?) throws(EvaluationError) {
        try self.init(
            extractor: table.extractor, table.storage, places: table.places, count: table.count, groups: groups)
    }
}
