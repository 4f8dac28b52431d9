/// The sums of few channels: parts of all tile rows, each with sums of its own. How many there are is part of the
/// arithmetic, and depends on the shape alone.
extension WinogradWeightGradient {
    /// Floats of the planes of tile rows that a part takes together: 512 KiB.
    private static let partBudget = 128 << 10
    /// Tiles of a part that are worth sums of its own.
    private static let fewestTiles = 32

    private var parts: PartialSums {
        PartialSums(count: call.batch * tileRows.count, each: Self.points * Self.points * plane)
    }

    /// Whether parts have sums of their own.
    var isDividedByParts: Bool {
        parts.areSmall && parts.count * tileColumns.count >= Self.fewestTiles * parts.parts
    }

    /// Memory of a part, or floats of it.
    private struct Workspace<Part> {
        let band: Part, v: Part, m: Part
    }

    private var rowsPerStep: Int {
        let perRow = tileColumns.count * (inputs + outputs) * Self.points * Self.points
        return max(1, min(tileRows.count, Self.partBudget / perRow))
    }

    /// The sums over all tiles, [point][input][output].
    func sumParts(_ pass: Pass) -> FloatView {
        let tiles = rowsPerStep * tileColumns.count
        let sizes = Workspace(
            band: region(tileRows.large.slice(0..<rowsPerStep)).count, v: planes(tiles, inputs).count,
            m: planes(tiles, outputs).count)
        return parts.sum(pass, scratch: sizes.band + sizes.v + sizes.m) { rows, sums, scratch in
            let workspace = Workspace(
                band: scratch.slice(0, sizes.band), v: scratch.slice(sizes.band, sizes.v),
                m: scratch.slice(sizes.band + sizes.v, sizes.m))
            sum(rows, into: sums, workspace)
        }
    }

    /// The sums over some tile rows, counted image by image.
    private func sum(_ rows: Range<Int>, into sums: FloatView, _ workspace: Workspace<FloatView>) {
        let tiles = rowsPerStep * tileColumns.count
        let planes = Planes(
            v: .init(floats: workspace.v, planes: planes(tiles, inputs)),
            m: .init(floats: workspace.m, planes: planes(tiles, outputs)))
        var row = rows.lowerBound, before: TileSpan?
        while row < rows.upperBound {
            let first = row % tileRows.count
            let count = min(rowsPerStep, tileRows.count - first, rows.upperBound - row)
            let span = tileRows.large.slice(first..<first + count), n = row / tileRows.count
            prepare(span, after: first > 0 ? before : nil, image: n, band: workspace.band)
            transform(span, image: n, band: workspace.band, into: planes)
            for point in 0..<Self.points * Self.points {
                let product = Product(point: point, columns: 0..<outputs, isFirst: row == rows.lowerBound)
                multiply(count * tileColumns.count, planes, at: product, into: sums)
            }
            row += count
            before = span
        }
    }

    /// Fills the band of some tile rows; the rows it shares with those before, if they were there, are moved.
    private func prepare(_ rows: TileSpan, after before: TileSpan?, image n: Int, band: FloatView) {
        let region = region(rows)
        guard let before else { return call.prepare(region, image: n, into: band.slice(0, region.count)) }
        let shared = 2 * region.rowPitch
        band.slice(0, shared).copy(from: band.slice(before.outputs * region.rowPitch, shared))
        let fresh = BandRegion(
            top: region.top + 2, rows: region.rows - 2, width: region.width, left: region.left, pitch: region.pitch)
        call.prepare(fresh, image: n, into: band.slice(shared, fresh.count))
    }
}
