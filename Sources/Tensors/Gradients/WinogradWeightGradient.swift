import CKernels

/// The gradient of a 3x3 kernel of stride 1 and padding 1 in Winograd's domain: the transpose of F(4 x 4, 3 x 3),
///
///     dg = G^T [ sum over tiles of (B^T d B) . (A dy A^T) ] G
///
/// for tiles d of 6 x 6 pixels of the prepared input and dy of 4 x 4 of the result's gradient: 36 products of inputs by
/// outputs over tiles where the direct sum takes 144 over pixels. Matrices as in `winograd_input.h`.
///
/// Tile rows are taken some at a time, so that the planes stay in cache; their sums, one chain of multiply-adds each,
/// are added in order. Of many channels threads divide tile rows, then points and outputs. Of few, whose sums are small
/// beside the tiles, they divide parts of the tile rows, so many whatever the threads: each part has sums of its own,
/// which are added in order, and no tile leaves the core that has made it.
struct WinogradWeightGradient {
    /// Its result is the gradient of the convolution's result.
    let call: ConvolutionCall
    private let places: ParameterPlaces
    /// Takes the sums of the gradient's pixels, of each image and tile row: [batch, tile rows, 1, outputs].
    private let pixelSums: Activation
    let tileRows: TileAxis, tileColumns: TileAxis
    /// Tile rows, of one image after the other, that are taken together.
    private let rowsTogether: Int

    /// Whether there is such a form of the convolution.
    static func suits(_ shape: ConvolutionShape) -> Bool {
        shape.kernel == .square(3) && shape.stride == 1 && shape.padding == .same(1)
    }

    /// Floats of the planes of tile rows that are taken together: 4 MiB.
    private static let budget = 1 << 20
    /// Output channels of one product.
    private static let block = 64
    static let points = 6

    init(_ call: ConvolutionCall, _ places: ParameterPlaces, _ pass: Pass) {
        (self.call, self.places) = (call, places)
        tileRows = TileAxis(call.result.height, output: 4)
        pixelSums = pass.allocate(
            batch: call.batch, height: tileRows.count, width: 1, channels: call.result.channels)
        tileColumns = TileAxis(call.result.width, output: 4)
        let perRow = tileColumns.count * (call.input.pitch + call.result.pitch) * Self.points * Self.points
        rowsTogether = max(1, min(call.batch * tileRows.count, Self.budget / perRow))
    }

    var inputs: Int { call.input.pitch }
    var outputs: Int { call.result.pitch }
    /// Floats of the sums of one point.
    var plane: Int { inputs * outputs + lanes }

    /// What transformed tiles are written to.
    struct Planes {
        let v: PlacedPlanes, m: PlacedPlanes
    }

    /// - Returns: the sums of the gradient's pixels, of each image and tile row, [batch, tile rows, 1, outputs].
    func run(_ pass: Pass) -> Activation {
        let label = "weight gradient of 3x3 \(call.shape.sources) -> \(call.shape.outputs), winograd"
        let work = call.batch.saturatingProduct(
            call.result.height, call.result.width, call.shape.outputs, call.shape.inputs, 9)
        pass.operation(label, multiplyAdds: work) {
            let sums = isDividedByParts ? sumParts(pass) : sumTogether(pass)
            WeightGradientRuns(
                shape: call.shape, places: places, sums: sums, plane: plane, pitch: outputs, isWinograd: true,
                isDoubled: call.input.upsampled
            ).add(pass)
            pass.release(sums)
        }
        return pixelSums
    }

    /// The sums over all tiles, [point][input][output].
    private func sumTogether(_ pass: Pass) -> FloatView {
        let tiles = rowsTogether * tileColumns.count
        let (inputPlanes, outputPlanes) = (planes(tiles, inputs), planes(tiles, outputs))
        let v = pass.allocate(inputPlanes.count), m = pass.allocate(outputPlanes.count)
        let sums = pass.allocate(Self.points * Self.points * plane)
        let planes = Planes(v: .init(floats: v, planes: inputPlanes), m: .init(floats: m, planes: outputPlanes))
        let all = call.batch * tileRows.count
        for first in stride(from: 0, to: all, by: rowsTogether) {
            let rows = first..<min(first + rowsTogether, all)
            transform(rows, into: planes, pass)
            multiply(rows.count * tileColumns.count, planes, into: sums, isFirst: first == 0, pass)
        }
        pass.release(v)
        pass.release(m)
        return sums
    }

    func planes(_ tiles: Int, _ channels: Int) -> WinogradPlanes {
        WinogradPlanes(tiles: tiles, channels: channels, output: 4)
    }

    /// V = B^T d B and M = A dy A^T of some tile rows. A work item is a tile row.
    private func transform(_ rows: Range<Int>, into planes: Planes, _ pass: Pass) {
        let region = region(tileRows.large.slice(0..<1))
        pass.parallel(rows.count, scratch: region.count) { item, scratch in
            let (n, row) = ((rows.lowerBound + item) / tileRows.count, (rows.lowerBound + item) % tileRows.count)
            let span = tileRows.large.slice(row..<row + 1)
            call.prepare(self.region(span), image: n, into: scratch.slice(0, region.count))
            let place = item * tileColumns.count
            transform(
                span, image: n, band: scratch.slice(0, region.count),
                into: Planes(
                    v: .init(floats: planes.v.floats.from(place * inputs), planes: planes.v.planes),
                    m: .init(floats: planes.m.floats.from(place * outputs), planes: planes.m.planes)))
        }
    }

    /// V and M of some tile rows of an image, whose band is prepared.
    func transform(_ span: TileSpan, image n: Int, band: FloatView, into planes: Planes) {
        let region = region(span), result = call.result
        call.kernels.winogradInput(
            .init(
                band: band, rowPitch: region.rowPitch, pitch: region.pitch, rows: span, columns: tileColumns.large,
                isDoubled: call.input.upsampled, v: planes.v.floats, planes: planes.v.planes))
        call.kernels.winogradGradient(
            .init(
                y: result.rows(n, from: span.start), rowPitch: result.width * outputs, pitch: outputs,
                rows: min(span.outputs, result.height - span.start), columns: result.width, tileRows: span.count,
                tileColumns: tileColumns.count, isDoubled: call.input.upsampled, m: planes.m.floats,
                planes: planes.m.planes))
        sumPixels(span, image: n, planes.m)
    }

    /// The sums of the pixels of some tile rows, one chain of tiles a row: a tile's is M at the point 1 of both axes.
    private func sumPixels(_ span: TileSpan, image n: Int, _ m: PlacedPlanes) {
        let tiles = tileColumns.count
        for row in 0..<span.count {
            call.kernels.sums(
                .init(
                    x: m.floats.from(m.planes.start(1, 1) + row * tiles * outputs), stride: outputs, pixels: tiles,
                    rowPitch: 0, rows: 1, channels: outputs,
                    sums: pixelSums.rows(n, from: span.start / span.size + row)))
        }
    }

    /// The input rows under some tile rows.
    func region(_ span: TileSpan) -> BandRegion {
        BandRegion(
            top: span.start - 1, rows: span.outputs + 2, width: tileColumns.outputs + 2, left: 1, pitch: inputs)
    }

    /// The sums over some tiles. A work item is a point and some outputs.
    private func multiply(_ tiles: Int, _ planes: Planes, into sums: FloatView, isFirst: Bool, _ pass: Pass) {
        let blocks = (outputs + Self.block - 1) / Self.block
        pass.parallel(Self.points * Self.points * blocks, scratch: 0) { item, _ in
            let first = item % blocks * Self.block, columns = first..<min(first + Self.block, outputs)
            multiply(tiles, planes, at: .init(point: item / blocks, columns: columns, isFirst: isFirst), into: sums)
        }
    }

    /// Which of the sums are made.
    struct Product {
        let point: Int
        /// Outputs.
        let columns: Range<Int>
        /// Whether nothing has been summed before.
        let isFirst: Bool
    }

    /// The sums over some tiles at one point; nothing at one where nothing is.
    func multiply(_ tiles: Int, _ planes: Planes, at product: Product, into sums: FloatView) {
        let (i, j) = (product.point / Self.points, product.point % Self.points), first = product.columns.lowerBound
        guard !call.input.upsampled || !(i == Self.vanishing || j == Self.vanishing) else { return }
        call.kernels.outer(
            .init(
                a: planes.v.floats.from(planes.v.planes.start(i, j)), aStride: inputs,
                b: planes.m.floats.from(planes.m.planes.start(i, j) + first), bStride: outputs, depth: tiles,
                rows: inputs, columns: product.columns.count, c: sums.from(product.point * plane + first),
                cStride: outputs, accumulates: !product.isFirst))
    }

    private static let vanishing = Int(CK_VANISHING_POINT)
}
