extension FeatureTable {
    /// The table of some of the rows, in the order given.
    /// - Throws: `EvaluationError` where there are none.
    public init(_ table: FeatureTable, rows: [Int]) throws {
        try self.init(
            extractor: table.extractor, dimension: table.dimension, values: rows.flatMap { table[$0] },
            groups: table.groups.map { groups in rows.map { groups[$0] } })
    }
}
