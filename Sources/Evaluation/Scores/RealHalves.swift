/// The held-out images in two random halves, no patient in both.
public struct RealHalves: Sendable, Equatable {
    /// Rows of the first half, ascending, and of the second.
    public let first: [Int]
    public let second: [Int]

    /// Divides `count` images by their groups, or one by one where no groups are known. Groups are taken in random
    /// order and each goes to the half that has fewer images.
    /// - Throws: `EvaluationError` where there are fewer than two groups.
    public init(count: Int, groups: [String]?, seed: UInt64) throws(EvaluationError) {
        let units = ResamplingUnits(groups: groups, count: count, seed: seed, bins: .halves, most: .max)
        guard units.count > 1 else {
            throw EvaluationError(
                "held-out images to divide in halves", expected: "two groups or more", got: "\(units.count)")
        }
        var sizes = (0, 0), isFirst = [Bool](repeating: false, count: units.count)
        for unit in EvaluationDraw.halves.indices(seed: seed).permutation(units.count) {
            isFirst[unit] = sizes.0 <= sizes.1
            if isFirst[unit] { sizes.0 += units.sizes[unit] } else { sizes.1 += units.sizes[unit] }
        }
        first = (0..<count).filter { isFirst[units.unitOfRow[$0]] }
        second = (0..<count).filter { !isFirst[units.unitOfRow[$0]] }
    }
}

extension SetComparison {
    /// The comparisons of the two reference rows: the second half of the held-out images in the place of the synthetic
    /// ones, as it is and blurred, beside the first half. They have half as many images as the sets of the row between.
    /// - Parameters:
    ///   - blurred: features of all held-out images blurred with `PixelImage.blurred(sigma: 1)`, in their order.
    ///   - logits: what a classifier says of the held-out images, and of the blurred ones.
    /// - Throws: `EvaluationError` where there are fewer than two groups, or not as many blurred images as real ones.
    public static func references(
        real: FeatureTable, blurred: FeatureTable, train: FeatureTable? = nil,
        logits: (real: FeatureTable, blurred: FeatureTable)? = nil, seed: UInt64 = 0
    ) throws -> (realAgainstReal: SetComparison, blurredReal: SetComparison) {
        for (name, table) in [("blurred images", blurred), ("logits", logits?.real), ("logits", logits?.blurred)] {
            guard let table, table.count != real.count else { continue }
            throw EvaluationError(
                "\(name) of the held-out images", expected: "\(real.count), one an image", got: "\(table.count)")
        }
        let halves = try RealHalves(count: real.count, groups: real.groups, seed: seed)
        let first = try FeatureTable(real, rows: halves.first)
        func comparison(_ table: FeatureTable, _ logits: FeatureTable?) throws -> SetComparison {
            // What has been blurred is of the same patients.
            let grouped = try FeatureTable(table, groups: real.groups)
            return try SetComparison(
                real: first, synthetic: FeatureTable(grouped, rows: halves.second), train: train,
                logits: logits.map { try FeatureTable($0, rows: halves.second) }, seed: seed)
        }
        return try (comparison(real, logits?.real), comparison(blurred, logits?.blurred))
    }
}
