/// What is drawn with replacement in a bootstrap: the groups of a table's rows (patients), or its rows where no groups
/// are known; past a limit random bins of them, which are as independent of each other.
struct ResamplingUnits: Sendable {
    /// The unit of each row.
    let unitOfRow: [Int]
    /// The rows of each unit.
    let sizes: [Int]
    /// Whether the rows' groups are known.
    let isGrouped: Bool

    var count: Int { sizes.count }

    /// Units that are told apart; matrices of this many rows are kept.
    static let most = 2_000

    init(_ table: FeatureTable, seed: UInt64, bins: EvaluationDraw) {
        self.init(groups: table.groups, count: table.count, seed: seed, bins: bins)
    }

    /// - Parameters:
    ///   - groups: one a row, where they are known.
    ///   - bins: the draw that puts units into bins where there are more than `most`.
    init(groups: [String]?, count: Int, seed: UInt64, bins: EvaluationDraw, most: Int = ResamplingUnits.most) {
        var units: [Int]
        isGrouped = groups != nil
        if let groups {
            var places: [String: Int] = [:]
            units = groups.map { group in
                let place = places[group] ?? places.count
                places[group] = place
                return place
            }
        } else {
            units = Array(0..<count)
        }
        let all = (units.max() ?? -1) + 1
        if all > most {
            let bin = bins.indices(seed: seed).permutation(all).map { $0 % most }
            units = units.map { bin[$0] }
        }
        var sizes = [Int](repeating: 0, count: min(all, most))
        for unit in units { sizes[unit] += 1 }
        unitOfRow = units
        self.sizes = sizes
    }

    /// Every row as a unit of its own.
    init(rows count: Int) {
        unitOfRow = Array(0..<count)
        sizes = [Int](repeating: 1, count: count)
        isGrouped = false
    }

    /// How often each unit was drawn in a replicate.
    /// - Parameter drawn: units that are drawn, as many as there are by default.
    func weights(_ replicate: Int, _ draws: RandomIndices, drawn: Int? = nil) -> [Double] {
        var weights = [Double](repeating: 0, count: count)
        for place in 0..<(drawn ?? count) { weights[draws.draw(place, of: replicate, below: count)] += 1 }
        return weights
    }

    /// The weights of units as weights of rows.
    func spread(_ weights: [Double]) -> [Double] { unitOfRow.map { weights[$0] } }
}
