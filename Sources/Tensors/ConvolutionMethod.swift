/// How a convolution is computed.
enum ConvolutionMethod: Sendable, Equatable {
    /// Kernel rows multiplied straight from the band.
    case direct
    /// Winograd's F(m x m, 3 x 3), m = 4 or 2: 36 or 16 products where direct convolution takes 144 or 36.
    case winograd(output: Int)
    /// As direct, by gathered columns and OpenBLAS.
    case reference
}

/// What a layer's method is chosen by: a pure function of the layer's shape in its model, never of batch, threads, timing
/// or the CPU, so that bits repeat.
public struct ConvolutionPlan: Sendable {
    /// Height and width of the layer's output in the model's usual images.
    public var height: Int, width: Int
    /// True for the oracle: everything through OpenBLAS.
    public var isReference: Bool

    public init(height: Int = 1, width: Int = 1, isReference: Bool = false) {
        (self.height, self.width, self.isReference) = (height, width, isReference)
    }

    /// The method of least modelled time.
    ///
    /// The model counts, per pair of channels, the multiply-adds of one image and the weights that have to be streamed; at
    /// batch 1 reading a weight costs as much as about 18 multiply-adds (25 GB/s against 220 GFLOP/s).
    func method(kernel: Int, stride: Int, inputs: Int) -> ConvolutionMethod {
        if isReference { return .reference }
        guard kernel == 3, stride == 1, inputs >= lanes else { return .direct }
        func tiles(_ size: Int) -> Int { ((height + size - 1) / size) * ((width + size - 1) / size) }
        let direct = 9 * height * width + 9 * 18
        let small = 16 * tiles(2) + 16 * 18, large = 36 * tiles(4) + 36 * 18
        if direct <= min(small, large) { return .direct }
        return .winograd(output: large <= small ? 4 : 2)
    }
}
