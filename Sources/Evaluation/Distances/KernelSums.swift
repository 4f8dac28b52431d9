import Tensors

/// Sums of the cubic kernel (x.y / d + 1)^3 over pairs of rows, by pairs of units: all that the kernel distance and its
/// replicates need of the features. Within one set a row is not paired with itself.
struct KernelSums: Sendable {
    /// `[i, j]` is the sum over the rows of unit i of the first set and of unit j of the second.
    let sums: Matrix

    private static let blockRows = 256
    private static let blockColumns = 512

    /// The pairs of a set with itself: symmetric, without the diagonal of the kernel matrix.
    init(within table: FeatureTable, _ units: ResamplingUnits, on compute: Compute) throws {
        sums = try Self.added(Side(table, units), Side(table, units), isOneSet: true, on: compute)
    }

    /// The pairs of two sets of one dimension.
    init(
        _ first: FeatureTable, _ firstUnits: ResamplingUnits, _ second: FeatureTable, _ secondUnits: ResamplingUnits,
        on compute: Compute
    ) throws {
        sums = try Self.added(Side(first, firstUnits), Side(second, secondUnits), isOneSet: false, on: compute)
    }

    /// A table with its rows in the order of their units.
    private struct Side {
        let table: FeatureTable
        let units: ResamplingUnits
        let order: [Int]

        init(_ table: FeatureTable, _ units: ResamplingUnits) {
            self.table = table
            self.units = units
            order = (0..<table.count).sorted { (units.unitOfRow[$0], $0) < (units.unitOfRow[$1], $1) }
        }

        func unit(_ place: Int) -> Int { units.unitOfRow[order[place]] }

        func block(_ places: Range<Int>) throws(EvaluationError) -> Matrix {
            var block = Matrix(rows: places.count, columns: table.dimension), base = 0
            for place in places {
                for value in try table[order[place]] {
                    block.values[base] = Double(value)
                    base += 1
                }
            }
            return block
        }

        /// Ranges of units, each of one unit or of few enough rows for a block, with the places of their rows.
        func pieces() -> [(units: Range<Int>, places: Range<Int>)] {
            var pieces: [(units: Range<Int>, places: Range<Int>)] = []
            var unit = 0, place = 0
            while unit < units.sizes.count {
                var end = unit + 1, stop = place + units.sizes[unit]
                while end < units.count, stop - place + units.sizes[end] <= KernelSums.blockRows {
                    stop += units.sizes[end]
                    end += 1
                }
                pieces.append((unit..<end, place..<stop))
                (unit, place) = (end, stop)
            }
            return pieces
        }
    }

    private static func added(_ first: Side, _ second: Side, isOneSet: Bool, on compute: Compute) throws -> Matrix {
        let width = second.units.count
        let pieces: [(units: Range<Int>, places: Range<Int>)] = first.pieces()
        let parts = try compute.map(pieces.count) { piece in
            try rows(of: pieces[piece], first, second, isOneSet: isOneSet)
        }
        var sums = Matrix(rows: first.units.count, columns: width, values: parts.flatMap { $0 })
        if isOneSet {
            for row in 1..<max(width, 1) { for column in 0..<row { sums[row, column] = sums[column, row] } }
        }
        return sums
    }

    /// The rows of the sums that belong to one piece; of one set, only columns from the row's own unit on.
    private static func rows(
        of piece: (units: Range<Int>, places: Range<Int>), _ first: Side, _ second: Side, isOneSet: Bool
    ) throws(EvaluationError) -> [Double] {
        let width = second.units.count, scale = 1 / Double(first.table.dimension)
        var sums = [Double](repeating: 0, count: piece.units.count * width)
        for start in stride(from: piece.places.lowerBound, to: piece.places.upperBound, by: blockRows) {
            let taken = start..<min(start + blockRows, piece.places.upperBound)
            let block = try first.block(taken)
            let begin = isOneSet ? piece.places.lowerBound : 0
            for left in stride(from: begin, to: second.table.count, by: blockColumns) {
                let columns = left..<min(left + blockColumns, second.table.count)
                let products = try block.timesTransposed(second.block(columns))
                let units = columns.map(second.unit)
                for row in taken {
                    let unit = first.unit(row), base = (unit - piece.units.lowerBound) * width
                    let values = products.row(row - taken.lowerBound)
                    for (column, value) in zip(columns, values) {
                        let other = units[column - left]
                        if isOneSet, other < unit || column == row { continue }
                        let kernel = value * scale + 1
                        sums[base + other] += kernel * kernel * kernel
                    }
                }
            }
        }
        return sums
    }
}
