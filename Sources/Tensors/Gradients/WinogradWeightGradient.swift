import CKernels

/// The gradient of a 3x3 kernel of stride 1 and padding 1 in Winograd's domain: the transpose of F(4 x 4, 3 x 3),
///
///     dg = G^T [ sum over tiles of (B^T d B) . (A dy A^T) ] G
///
/// for tiles d of 6 x 6 pixels of the prepared input and dy of 4 x 4 of the result's gradient: 36 products of inputs by
/// outputs over tiles where the direct sum takes 144 over pixels. Matrices as in `winograd_input.h`.
///
/// Tile rows are taken some at a time, so that the planes stay in cache; their sums, one chain of multiply-adds each,
/// are added in order. Threads divide tile rows, then points and outputs: never a sum.
struct WinogradWeightGradient {
    /// Its result is the gradient of the convolution's result.
    private let call: ConvolutionCall
    private let places: ParameterPlaces
    private let tileRows: TileAxis, tileColumns: TileAxis
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
    private static let points = 6

    init(_ call: ConvolutionCall, _ places: ParameterPlaces) {
        (self.call, self.places) = (call, places)
        tileRows = TileAxis(call.result.height, output: 4)
        tileColumns = TileAxis(call.result.width, output: 4)
        let perRow = tileColumns.count * (call.input.pitch + call.result.pitch) * Self.points * Self.points
        rowsTogether = max(1, min(call.batch * tileRows.count, Self.budget / perRow))
    }

    private var inputs: Int { call.input.pitch }
    private var outputs: Int { call.result.pitch }
    /// Floats of the sums of one point.
    private var plane: Int { inputs * outputs + lanes }

    /// What transformed tiles are written to, of up to `rowsTogether` tile rows.
    private struct Planes {
        let v: PlacedPlanes, m: PlacedPlanes
    }

    func run(_ pass: Pass) {
        let label = "weight gradient of 3x3 \(call.shape.sources) -> \(call.shape.outputs), winograd"
        let work = call.batch.saturatingProduct(
            call.result.height, call.result.width, call.shape.outputs, call.shape.inputs, 9)
        pass.operation(label, multiplyAdds: work) {
            let tiles = rowsTogether * tileColumns.count
            let (inputPlanes, outputPlanes) = (planes(tiles, inputs), planes(tiles, outputs))
            let v = pass.allocate(inputPlanes.count), m = pass.allocate(outputPlanes.count)
            let sums = pass.allocate(Self.points * Self.points * plane)
            let planes = Planes(
                v: .init(floats: v, planes: inputPlanes), m: .init(floats: m, planes: outputPlanes))
            let all = call.batch * tileRows.count
            for first in stride(from: 0, to: all, by: rowsTogether) {
                let rows = first..<min(first + rowsTogether, all)
                transform(rows, into: planes, pass)
                multiply(rows.count * tileColumns.count, planes, into: sums, isFirst: first == 0, pass)
            }
            WeightGradientRuns(
                shape: call.shape, places: places, sums: sums, plane: plane, pitch: outputs, isWinograd: true,
                isDoubled: call.input.upsampled
            ).add(pass)
            for view in [v, m, sums] { pass.release(view) }
        }
    }

    private func planes(_ tiles: Int, _ channels: Int) -> WinogradPlanes {
        WinogradPlanes(tiles: tiles, channels: channels, output: 4)
    }

    /// V = B^T d B and M = A dy A^T of some tile rows. A work item is a tile row.
    private func transform(_ rows: Range<Int>, into planes: Planes, _ pass: Pass) {
        let region = region(tileRows.large.slice(0..<1))
        pass.parallel(rows.count, scratch: region.count) { item, scratch in
            let (n, row) = ((rows.lowerBound + item) / tileRows.count, (rows.lowerBound + item) % tileRows.count)
            let span = tileRows.large.slice(row..<row + 1), result = call.result
            call.prepare(self.region(span), image: n, into: scratch.slice(0, region.count))
            pass.kernels.winogradInput(
                .init(
                    band: scratch.slice(0, region.count), rowPitch: region.rowPitch, pitch: region.pitch, rows: span,
                    columns: tileColumns.large, isDoubled: call.input.upsampled,
                    v: planes.v.floats.from(item * tileColumns.count * inputs), planes: planes.v.planes))
            pass.kernels.winogradGradient(
                .init(
                    y: result.rows(n, from: span.start), rowPitch: result.width * outputs, pitch: outputs,
                    rows: min(4, result.height - span.start), columns: result.width, tileRows: 1,
                    tileColumns: tileColumns.count, isDoubled: call.input.upsampled,
                    m: planes.m.floats.from(item * tileColumns.count * outputs), planes: planes.m.planes))
        }
    }

    /// The input rows under a tile row.
    private func region(_ span: TileSpan) -> BandRegion {
        BandRegion(
            top: span.start - 1, rows: span.outputs + 2, width: tileColumns.outputs + 2, left: 1, pitch: inputs)
    }

    /// The sums over some tiles. A work item is a point and some outputs.
    private func multiply(_ tiles: Int, _ planes: Planes, into sums: FloatView, isFirst: Bool, _ pass: Pass) {
        let blocks = (outputs + Self.block - 1) / Self.block
        pass.parallel(Self.points * Self.points * blocks, scratch: 0) { item, _ in
            let point = item / blocks, first = item % blocks * Self.block
            let (i, j) = (point / Self.points, point % Self.points)
            guard !call.input.upsampled || !(i == Self.vanishing || j == Self.vanishing) else { return }
            pass.kernels.outer(
                .init(
                    a: planes.v.floats.from(planes.v.planes.start(i, j)), aStride: inputs,
                    b: planes.m.floats.from(planes.m.planes.start(i, j) + first), bStride: outputs, depth: tiles,
                    rows: inputs, columns: min(Self.block, outputs - first), c: sums.from(point * plane + first),
                    cStride: outputs, accumulates: !isFirst))
        }
    }

    private static let vanishing = Int(CK_VANISHING_POINT)
}
