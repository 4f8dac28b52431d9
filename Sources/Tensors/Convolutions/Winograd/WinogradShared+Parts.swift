/// How `WinogradShared` cuts the tile rows of a group of images into parts.
extension WinogradShared {
    /// Some tile rows of a group of images, the large ones and the small ones counted image by image.
    struct GroupRows {
        let large: Range<Int>, small: Range<Int>

        var count: Int { large.count + small.count }

        /// Those that part `index` of `count` has.
        func part(_ index: Int, of count: Int) -> GroupRows {
            GroupRows(large: Self.part(index, of: count, large), small: Self.part(index, of: count, small))
        }

        func clamped(to other: GroupRows) -> GroupRows {
            GroupRows(large: large.clamped(to: other.large), small: small.clamped(to: other.small))
        }

        /// The part of a range that begins at 0.
        private static func part(_ index: Int, of count: Int, _ all: Range<Int>) -> Range<Int> {
            all.upperBound * index / count..<all.upperBound * (index + 1) / count
        }
    }

    /// All tile rows of some images.
    func rows(of images: Range<Int>) -> GroupRows {
        let rows = convolution.grid.tileRows
        return GroupRows(large: 0..<images.count * rows.large.count, small: 0..<images.count * rows.small.count)
    }

    /// Some tile rows of a group, whose planes are apart from those of other parts.
    struct Part {
        let images: Range<Int>
        let rows: GroupRows
        let order: TileOrder
        let v: PlacedPlanes
    }

    /// - Parameter own: where the planes lie if not among those of all parts.
    func part(_ index: Int, of images: Range<Int>, own: FloatView? = nil) -> Part {
        let depth = convolution.weights.depth, columns = convolution.grid.tileColumns
        let rows = rows(of: images).part(index, of: parts)
        let order = TileOrder(largeRows: rows.large.count, smallRows: rows.small.count, columns: columns)
        let tilesBefore = (rows.large.lowerBound + rows.small.lowerBound) * columns.count
        let start =
            tilesBefore * convolution.weights.products * depth
            + index * convolution.planes(0, channels: 0).count
        let planes = convolution.planes(order.count, channels: depth)
        return Part(
            images: images, rows: rows, order: order, v: PlacedPlanes(floats: own ?? v.from(start), planes: planes))
    }

    /// Calls `body` with the runs of tile rows of one image and of one kind, of those of a part that are among
    /// `wanted`.
    func forEachRun(_ part: Part, _ wanted: GroupRows, _ body: (_ rows: WinogradConvolution.PlacedRows) -> Void) {
        let axis = convolution.grid.tileRows, wanted = wanted.clamped(to: part.rows)
        forEachRun(of: axis.large, wanted.large) { image, span, row in
            let row = row - part.rows.large.lowerBound
            body(.init(image: part.images.lowerBound + image, span: span, order: part.order, row: row))
        }
        forEachRun(of: axis.small, wanted.small) { image, span, row in
            let row = row - part.rows.small.lowerBound
            body(.init(image: part.images.lowerBound + image, span: span, order: part.order, row: row))
        }
    }

    /// Cuts rows of one kind, counted image by image, where an image ends.
    private func forEachRun(
        of axis: TileSpan, _ rows: Range<Int>, _ body: (_ image: Int, _ span: TileSpan, _ row: Int) -> Void
    ) {
        var row = rows.lowerBound
        while row < rows.upperBound {
            let first = row % axis.count, count = min(axis.count - first, rows.upperBound - row)
            body(row / axis.count, axis.slice(first..<first + count), row)
            row += count
        }
    }
}
