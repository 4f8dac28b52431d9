/// All of a convolution but its numbers.
public struct ConvolutionShape: Sendable, Equatable {
    /// Channels of each activation that is concatenated into the input.
    public var sources: [Int]
    /// Channels of the output.
    public var outputs: Int
    public var kernel: Kernel
    /// Input pixels from one output to the next, in both directions.
    public var stride: Int
    public var padding: Padding

    /// Zero rows and columns around the input.
    public struct Padding: Sendable, Equatable {
        public var top: Int, left: Int, bottom: Int, right: Int

        public init(top: Int, left: Int, bottom: Int, right: Int) {
            (self.top, self.left, self.bottom, self.right) = (top, left, bottom, right)
        }

        public static let none = same(0)

        /// The same on each side.
        public static func same(_ size: Int) -> Padding { Padding(top: size, left: size, bottom: size, right: size) }
    }

    public init(
        sources: [Int], outputs: Int, kernel: Kernel = .pointwise, stride: Int = 1, padding: Padding = .none
    ) {
        (self.sources, self.outputs, self.kernel) = (sources, outputs, kernel)
        (self.stride, self.padding) = (stride, padding)
    }

    /// Channels of the input.
    public var inputs: Int { sources.reduce(0, +) }

    /// The channels of the input that lie at some positions of a band's pixel, where each source is padded to the
    /// lanes; nil where there is only padding.
    /// - Parameter positions: as many as there are lanes, the first a multiple of them.
    func inputs(at positions: Range<Int>) -> Range<Int>? {
        var input = 0, position = 0
        for source in sources {
            let first = positions.lowerBound - position
            if (0..<source).contains(first) { return input + first..<input + min(source, first + positions.count) }
            input += source
            position += padded(source)
        }
        return nil
    }

    /// Rows and columns of the output for an input of this size.
    func output(height: Int, width: Int) -> (height: Int, width: Int) {
        (
            (height + padding.top + padding.bottom - kernel.height) / stride + 1,
            (width + padding.left + padding.right - kernel.width) / stride + 1
        )
    }

    /// The input rows under some output rows, padded on both sides, `pitch` floats a pixel.
    func region(under rows: Range<Int>, inputWidth: Int, pitch: Int) -> BandRegion {
        BandRegion(
            top: rows.lowerBound * stride - padding.top, rows: (rows.count - 1) * stride + kernel.height,
            width: inputWidth + padding.left + padding.right, left: padding.left, pitch: pitch)
    }
}
