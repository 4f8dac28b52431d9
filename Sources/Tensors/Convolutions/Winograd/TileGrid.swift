/// A run of equal tiles along one axis of an image.
struct TileSpan {
    /// The first output.
    var start: Int
    /// Outputs of one tile, m: 6, 4 or 2.
    var size: Int
    var count: Int

    var outputs: Int { size * count }
    var end: Int { start + outputs }
    /// Points a tile is interpolated in, m + 2.
    var points: Int { size + 2 }

    /// Some of the tiles.
    func slice(_ tiles: Range<Int>) -> TileSpan {
        TileSpan(start: start + tiles.lowerBound * size, size: size, count: tiles.count)
    }
}

/// How an axis of an image is cut into tiles: some of six outputs, then some of four, so that few outputs are computed
/// that lie outside: 32 = 4 x 6 + 2 x 4 takes 44 points where eight tiles of four take 48. Without tiles of six, all
/// are of one size.
struct TileAxis {
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

/// The tiles of an image.
struct TileGrid {
    let tileRows: TileAxis, tileColumns: TileAxis

    /// - Parameter output: outputs of the largest tile and side, 6, 4 or 2.
    init(height: Int, width: Int, output: Int) {
        tileRows = TileAxis(height, output: output)
        tileColumns = TileAxis(width, output: output)
    }

    var count: Int { tileRows.count * tileColumns.count }
}
