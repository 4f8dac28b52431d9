import Tensors

/// The nearest rows of one table for each row of another.
struct NearestNeighbours: Sendable {
    struct Neighbour: Sendable {
        let row: Int
        let square: Double
    }

    /// For each row its nearest ones, ascending; those as near as each other by their number.
    let ofRow: [[Neighbour]]

    /// - Parameter count: neighbours that are kept; fewer where there are fewer rows.
    init(of first: FeatureTable, among second: FeatureTable, count: Int, on compute: Compute) throws {
        ofRow = try Self.nearest(SquaredDistances(first, second), count, skipsItself: false, on: compute)
    }

    /// The nearest other rows of the same table.
    init(within table: FeatureTable, count: Int, on compute: Compute) throws {
        ofRow = try Self.nearest(SquaredDistances(table, table), count, skipsItself: true, on: compute)
    }

    private static func nearest(
        _ distances: SquaredDistances, _ count: Int, skipsItself: Bool, on compute: Compute
    ) throws -> [[Neighbour]] {
        let blocks = SquaredDistances.ranges(distances.first.count, by: SquaredDistances.blockRows)
        return try compute.map(blocks.count) { block in
            var kept = [[Neighbour]](repeating: [], count: blocks[block].count)
            for columns in SquaredDistances.ranges(distances.second.count, by: SquaredDistances.blockColumns) {
                let squares = try distances.block(blocks[block], columns)
                for row in blocks[block].indices {
                    let place = row - blocks[block].lowerBound
                    for (column, square) in zip(columns, squares.row(place)) where !(skipsItself && column == row) {
                        keep(Neighbour(row: column, square: square), in: &kept[place], count)
                    }
                }
            }
            return kept
        }.flatMap { $0 }
    }

    private static func keep(_ neighbour: Neighbour, in list: inout [Neighbour], _ count: Int) {
        if list.count == count {
            guard let last = list.last, neighbour.square < last.square else { return }
            list.removeLast()
        }
        var place = list.count
        while place > 0, list[place - 1].square > neighbour.square { place -= 1 }
        list.insert(neighbour, at: place)
    }

    /// The squared distance of the `k`-th neighbour of each row.
    func radii(_ k: Int) -> [Double] { ofRow.map { $0[k - 1].square } }

    /// The same where rows count as often as they were drawn: that of the first neighbour with which `k` are reached,
    /// or of the last that is known.
    func radii(_ k: Int, weights: [Double]) -> [Double] {
        ofRow.map { neighbours in
            var reached = 0.0
            for neighbour in neighbours {
                reached += weights[neighbour.row]
                if reached >= Double(k) { return neighbour.square }
            }
            return neighbours.last?.square ?? 0
        }
    }
}
