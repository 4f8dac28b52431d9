import Testing

@testable import Tensors

struct TileGridTests {
    @Test(arguments: [2, 4, 6]) func tilesCoverAnAxisAndLittleMore(output: Int) {
        for length in 1...200 {
            let axis = TileAxis(length, output: output), least = output == 6 ? 4 : output
            #expect(axis.large.start == 0 && axis.small.start == axis.large.end && axis.outputs >= length)
            #expect(axis.outputs - length < least, "\(length) outputs in tiles of \(output): \(axis)")
            #expect(axis.count == (length + output - 1) / output)
            #expect(output == 6 || axis.small.count == 0)
        }
    }

    /// 32 = 4 x 6 + 2 x 4, 16 = 2 x 6 + 4, 8 = 2 x 4, 128 = 20 x 6 + 2 x 4.
    @Test(arguments: [(32, 44), (16, 22), (8, 12), (128, 172), (6, 8), (4, 6)])
    func pointsAreFew(length: Int, points: Int) {
        #expect(TileAxis(length, output: 6).points == points)
    }

    @Test func runsAreOfOneKind() {
        let axis = TileAxis(32, output: 6)
        #expect(axis.span(from: 1, most: 2, before: 6).start == 6)
        #expect(axis.span(from: 2, most: 9, before: 6).end == 24)
        #expect(axis.span(from: 4, most: 9, before: 5).count == 1)
        #expect(axis.span(from: 5, most: 9, before: 6).end == 32)
    }

    /// Every tile has a place of its own, and a pair of points has the tiles that are interpolated in both.
    @Test(arguments: [(2, 1), (0, 3), (3, 0), (1, 2)], [32, 36, 8, 6])
    func tilesOfEachPairOfPoints(rows: (Int, Int), width: Int) {
        let columns = TileAxis(width, output: 6)
        let order = TileOrder(largeRows: rows.0, smallRows: rows.1, columns: columns)
        var kinds: [Int: (isSmallRow: Bool, isSmallColumn: Bool)] = [:]
        for (isSmallRow, count) in [(false, rows.0), (true, rows.1)] {
            for row in 0..<count {
                for isSmallColumn in [false, true] {
                    let first = order.start(row: row, isSmall: isSmallRow, inSmallColumns: isSmallColumn)
                    for column in 0..<(isSmallColumn ? columns.small : columns.large).count {
                        #expect(kinds.updateValue((isSmallRow, isSmallColumn), forKey: first + column) == nil)
                    }
                }
            }
        }
        #expect(kinds.keys.sorted() == Array(0..<order.count))
        for i in 0..<8 {
            for j in 0..<8 {
                let expected = kinds.filter { (i < 6 || !$0.value.isSmallRow) && (j < 6 || !$0.value.isSmallColumn) }
                #expect(expected.keys.sorted() == Array(order.tiles(i, j)))
            }
        }
    }
}
