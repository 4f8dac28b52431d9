/// The order of the tiles of some tile rows, of which the large ones come first. Small tiles have fewer points, so that
/// each pair of points belongs to some kinds of tiles only; rows of large and columns of small ones come first, then
/// large and large, small and large, small and small, and the tiles of any pair stand side by side.
struct TileOrder {
    /// Tile rows of six outputs (or of whatever all tiles have), and of four beside those.
    let largeRows: Int, smallRows: Int
    let columns: TileAxis

    var count: Int { (largeRows + smallRows) * columns.count }

    /// The first tile of a row, in its small or large columns.
    /// - Parameter row: counts the rows of its kind.
    func start(row: Int, isSmall: Bool, inSmallColumns: Bool) -> Int {
        let large = columns.large.count, small = columns.small.count
        return switch (isSmall, inSmallColumns) {
        case (false, true): row * small
        case (false, false): largeRows * small + row * large
        case (true, false): largeRows * columns.count + row * large
        case (true, true): largeRows * columns.count + smallRows * large + row * small
        }
    }

    /// The tiles that are interpolated in a point of the rows and one of the columns.
    func tiles(_ i: Int, _ j: Int) -> Range<Int> {
        let isAmongAll = j < columns.small.points
        let first = isAmongAll ? 0 : start(row: 0, isSmall: false, inSmallColumns: false)
        if i >= columns.small.points { return first..<largeRows * columns.count }
        return first..<(isAmongAll ? count : start(row: 0, isSmall: true, inSmallColumns: true))
    }
}
