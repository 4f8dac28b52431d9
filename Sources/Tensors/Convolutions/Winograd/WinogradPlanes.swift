/// How transformed tiles are laid out: a plane for each pair of points, [point of the row][point of the
/// column][tile][channel].
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
        let isOneOfThem = sizes == [2, 2] || sizes.allSatisfy([4, 6].contains)
        guard rows.points <= points, columns.points <= points, isOneOfThem else { return false }
        return start(rows.points - 1, columns.points - 1) + floats <= view.count
    }
}

/// Planes where they lie: V, the transformed tiles, or M, their products.
struct PlacedPlanes {
    let floats: FloatView
    let planes: WinogradPlanes
}
