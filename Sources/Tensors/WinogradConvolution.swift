/// A 3x3 convolution of stride 1 and padding 1 through Winograd's domain: tiles are prepared in a padded band, transformed,
/// multiplied in (output + 2)^2 planes and transformed back into the output, with bias, residual and scale.
///
/// The work is cut in one of two ways, which decide speed only: every output element is computed the same way in either.
/// In strips, a thread takes some tile rows through all stages in its own scratch. Shared, the threads transform the tiles
/// together and divide the output channels, so that each weight is read once: for images of few tiles.
struct WinogradConvolution {
    let weights: WinogradWeights
    let input: Convolution.Input, output: Convolution.Output
    let result: Activation
    let bias: FloatBuffer
    let tilesX: Int, tileRows: Int

    init(_ weights: WinogradWeights, _ input: Convolution.Input, _ output: Convolution.Output, bias: FloatBuffer, into result: Activation) {
        (self.weights, self.input, self.output, self.bias, self.result) = (weights, input, output, bias, result)
        tilesX = (result.width + weights.output - 1) / weights.output
        tileRows = (result.height + weights.output - 1) / weights.output
    }

    func run(_ compute: Compute) {
        switch weights.storage {
        case .transformed(let planes): WinogradStrips(self, planes, threads: compute.threads).run(compute)
        case .untransformed(let packed): WinogradShared(self, packed, compute).run(compute)
        }
    }

    /// Floats from one plane of `tiles` tiles to the next: not a power of two, so that planes do not share cache sets.
    func plane(_ tiles: Int, _ channels: Int) -> Int { tiles * channels + lanes }

    /// The input rows under some tile rows.
    func region(_ tiles: Range<Int>) -> BandRegion {
        BandRegion(
            top: tiles.lowerBound * weights.output - 1, rows: tiles.count * weights.output + 2,
            width: tilesX * weights.output + 2, left: 1, pitch: weights.depth)
    }

    /// Transforms `columns` of some tile rows of image `n` back.
    /// - Parameters:
    ///   - m: planes of these columns, beginning at the first of the tiles.
    func finish(_ tiles: Range<Int>, image n: Int, m: FloatView, plane: Int, _ columns: Range<Int>, _ kernels: Kernels) {
        let y = tiles.lowerBound * weights.output, rows = rows(tiles)
        let row = output.channelBias?.row(n) ?? bias.view
        kernels.winogradOutput(.init(
            m: m, plane: plane, tilesY: tiles.count, tilesX: tilesX, output: weights.output, channels: columns.count,
            y: result.rows(n, from: y).from(columns.lowerBound), rows: rows.count, width: result.width, pitch: result.pitch,
            bias: row.slice(columns.lowerBound, columns.count),
            residual: output.residual?.rows(n, from: y).from(columns.lowerBound), scale: output.scale))
    }

    /// The image rows some tile rows cover.
    func rows(_ tiles: Range<Int>) -> Range<Int> {
        tiles.lowerBound * weights.output..<min(result.height, tiles.upperBound * weights.output)
    }
}
