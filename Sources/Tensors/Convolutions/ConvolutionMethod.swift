import CKernels

/// How a convolution is computed.
enum ConvolutionMethod: Sendable, Equatable {
    /// Kernel rows multiplied straight from the band.
    case direct
    /// Winograd's F(m x m, 3 x 3), m = 6, 4 or 2: 64, 36 or 16 products where direct convolution takes 324, 144 or 36.
    /// With tiles of six there are some of four, see `TileAxis`.
    case winograd(output: Int)
    /// Taps gathered side by side, for very few channels.
    case gathered
    /// Products with all taps, collected, for very few outputs.
    case collected
    /// The direct sum, by gathered columns and OpenBLAS.
    case reference
}

/// What a layer's method is chosen by: a pure function of the layer's shape in its model, never of batch, threads,
/// timing or the CPU, so that bits repeat.
public struct ConvolutionPlan: Sendable {
    /// Height and width of the layer's output in the model's usual images.
    public private(set) var height: Int, width: Int
    private var isReference = false
    /// Whether weights change from one pass to the next.
    private var isTrained = false

    public init(height: Int = 1, width: Int = 1) { (self.height, self.width) = (height, width) }

    /// The oracle: everything is multiplied by OpenBLAS.
    public static let reference: ConvolutionPlan = {
        var plan = ConvolutionPlan()
        plan.isReference = true
        return plan
    }()

    /// The plan of a layer whose weights are trained.
    var trained: ConvolutionPlan {
        var plan = self
        plan.isTrained = true
        return plan
    }

    /// The plan of a layer whose output has `factor` times as many rows and columns.
    func enlarged(by factor: Int) -> ConvolutionPlan {
        var plan = self
        (plan.height, plan.width) = (height * factor, width * factor)
        return plan
    }

    private func tiles(_ size: Int) -> Int { ((height + size - 1) / size) * ((width + size - 1) / size) }

    /// Whether an image has so many tiles of 4 or more outputs that its weights are best transformed at load.
    private func hasManyTiles(_ size: Int) -> Bool { tiles(min(size, 4)) >= 64 }

    /// Pairs of channels so few that, for one image, they take no longer to transform at use than the 64 products of
    /// them take to come from memory; of more pairs they come in time.
    private static let fewPairs = 8_192
    /// Tiles of an image of which a batch may have enough to read transformed weights for.
    private static let tilesOfBatches = 4

    /// When to transform the weights of a layer that is computed by Winograd's method with tiles of `output`.
    func form(_ output: Int, _ shape: ConvolutionShape) -> WinogradWeights.Form {
        guard hasManyTiles(output) else {
            return tiles(output) < Self.tilesOfBatches ? .atUse : isTrained ? .perPass : .forMany
        }
        if isTrained { return .perPass }
        let isShared = tiles(output) <= WinogradConvolution.tilesShared
        let pairs = shape.sources.reduce(0) { $0 + padded($1) } * padded(shape.outputs)
        return isShared && pairs <= Self.fewPairs ? .forMany : .atLoad
    }

    /// Products of an image's tiles.
    private func products(_ output: Int) -> Int {
        TileAxis(height, output: output).points * TileAxis(width, output: output).points
    }

    /// The method of least modelled time, in vector operations per pair of input channel and 16 outputs: the products
    /// of one image's tiles, of which fewer than four take as long as four, and the transform of the weight as
    /// measured.
    func method(_ shape: ConvolutionShape) -> ConvolutionMethod {
        if isReference { return .reference }
        let inputs = shape.inputs, kernel = shape.kernel
        if kernel.isSquare, kernel.taps > 1, shape.sources.count == 1, kernel.width * inputs <= lanes {
            return .gathered
        }
        guard kernel == .square(3), shape.stride == 1, inputs >= lanes else { return .direct }
        if shape.outputs <= Int(CK_COLLECTED) { return .collected }
        let direct = 9 * max(4, height * width)
        let small = 16 * max(4, tiles(2)) + 40, large = 36 * max(4, tiles(4)) + 108
        if direct <= min(small, large) { return .direct }
        // F(6,3) has twice the rounding error of F(4,3): it has to save something.
        if hasManyTiles(4), products(6) * 10 < products(4) * 9 { return .winograd(output: 6) }
        return .winograd(output: large <= small ? 4 : 2)
    }
}
