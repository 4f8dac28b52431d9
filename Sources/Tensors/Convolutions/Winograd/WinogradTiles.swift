/// A run of equal Winograd tiles along one axis of an image.
struct TileSpan {
    /// The first output.
    var start: Int
    /// Outputs of one tile: 6, 4 or 2.
    var size: Int
    var count: Int

    var outputs: Int { size * count }
    var end: Int { start + outputs }
    /// Points a tile is interpolated in.
    var points: Int { size + 2 }

    /// Some of the tiles.
    func slice(_ tiles: Range<Int>) -> TileSpan { TileSpan(start: start + tiles.lowerBound * size, size: size, count: tiles.count) }
}

/// How an axis of an image is cut into tiles: some of six outputs, then some of four, so that few outputs are computed that lie
/// outside: 32 = 4 x 6 + 2 x 4 takes 44 points where eight tiles of four take 48. Without tiles of six, all are of one size.
struct WinogradAxis {
    let large: TileSpan
    /// Tiles of four outputs beside those of six; none beside others.
    let small: TileSpan

    /// - Parameters:
    ///   - length: outputs of the axis.
    ///   - output: outputs of the largest tile, 6, 4 or 2.
    init(_ length: Int, output: Int) {
        let count = (length + output - 1) / output
        let spare = output == 6 ? min(count, (6 * count - length) / 2) : 0  // tiles that need not be so large
        large = TileSpan(start: 0, size: output, count: count - spare)
        small = TileSpan(start: large.end, size: 4, count: spare)
    }

    var count: Int { large.count + small.count }
    /// Outputs of all tiles, `length` or a little more.
    var outputs: Int { small.end }
    /// Points of all tiles.
    var points: Int { large.points * large.count + small.points * small.count }

    /// The longest run of tiles of one size from `first` on, of at most `most` and none from `end` on.
    func span(from first: Int, most: Int, before end: Int) -> TileSpan {
        if first < large.count { return large.slice(first..<min(first + most, end, large.count)) }
        return small.slice(first - large.count..<min(first + most, end) - large.count)
    }
}

/// The order of the tiles of some tile rows, of which the large ones come first. Small tiles have fewer points, so that each pair
/// of points belongs to some kinds of tiles only; rows of large and columns of small ones come first, then large and large, small
/// and large, small and small, and the tiles of any pair stand side by side.
struct TileOrder {
    /// Tile rows of six outputs (or of whatever all tiles have), and of four beside those.
    let largeRows: Int, smallRows: Int
    let columns: WinogradAxis

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
        let first = j < columns.small.points ? 0 : start(row: 0, isSmall: false, inSmallColumns: false)
        if i >= columns.small.points { return first..<largeRows * columns.count }
        return first..<(j < columns.small.points ? count : start(row: 0, isSmall: true, inSmallColumns: true))
    }
}

/// Where transformed tiles lie: a plane for each pair of points, [point of the row][point of the column][tile][channel].
struct WinogradPlanes {
    /// Floats from a plane to the next: not a power of two, so that planes do not share cache sets.
    let pitch: Int
    /// Planes in a row of them.
    let points: Int

    init(tiles: Int, channels: Int, output: Int) {
        pitch = tiles * channels + lanes
        points = output + 2
    }

    /// Floats of all planes.
    var count: Int { points * points * pitch }

    /// Where a plane begins.
    func start(_ i: Int, _ j: Int) -> Int { (i * points + j) * pitch }

    /// Whether `view` has room for `floats` floats in each plane of such tiles.
    func holds(_ rows: TileSpan, _ columns: TileSpan, floats: Int, in view: FloatView) -> Bool {
        let sizes = [rows.size, columns.size]
        guard rows.points <= points, columns.points <= points, sizes == [2, 2] || sizes.allSatisfy([4, 6].contains) else { return false }
        return start(rows.points - 1, columns.points - 1) + floats <= view.count
    }
}
