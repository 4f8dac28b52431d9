import Dispatch

/// The weights of a convolution or linear layer as the matrix kernel reads them: panels of 16 output channels, in each
/// panel the kernel's rows (segments), in each segment the taps of that row and their input channels, 16 floats each.
///
/// Input channels are laid out source by source, each padded to the lanes, as the concatenated bands are.
final class PackedWeights: Sendable {
    let buffer: FloatBuffer
    /// Output channels, padded.
    let columns: Int
    /// Kernel rows; taps of one row times padded input channels.
    let segments: Int, depth: Int

    /// The weights of some output channels, the first and their number multiples of 16:
    /// [panel of 16][segments][depth][16].
    func panels(_ channels: Range<Int>) -> FloatView {
        buffer.view.slice(channels.lowerBound * segments * depth, channels.count * segments * depth)
    }

    /// The taps of a 3x3 kernel from input channel `first` on, in the panel of 16 outputs that begins with `output`, if
    /// they lie by channel.
    func taps(_ output: Int, from first: Int) -> FloatView {
        panels(output..<output + lanes).from(9 * first * lanes)
    }

    /// Output channels; input channels of each source.
    private let outputs: Int, sources: [Int]
    private let taps: Int
    /// Floats from a tap to the next of the same channel, and from a channel to the next.
    private let tapStep: Int, channelStep: Int

    /// Makes weights that are zero, until they are filled.
    /// - Parameter isByChannel: whether a panel is [input channel][tap][16] instead, as Winograd's filter transform
    ///   reads it.
    init(outputs: Int, sources: [Int], kernel: Kernel, isByChannel: Bool = false) {
        let pitch = sources.reduce(0) { $0 + padded($1) }
        (self.outputs, self.sources, taps) = (outputs, sources, kernel.taps)
        columns = padded(outputs)
        segments = kernel.height
        depth = kernel.width * pitch
        buffer = FloatBuffer(count: columns * segments * depth)
        (tapStep, channelStep) = (lanes * (isByChannel ? 1 : pitch), lanes * (isByChannel ? taps : 1))
    }

    /// - Parameters:
    ///   - weight: [outputs, inputs, kernel height, kernel width] in torch's order, the inputs being those of all
    ///     `sources`; nil for zeros.
    convenience init(
        weight: [Float]?, outputs: Int, sources: [Int], kernel: Kernel, isByChannel: Bool = false
    ) {
        self.init(outputs: outputs, sources: sources, kernel: kernel, isByChannel: isByChannel)
        guard let weight else { return }
        precondition(weight.count == outputs * inputs * taps)
        let kernels = Kernels(tier: .best), all = ParameterPlaces.Run(outputs: 0..<outputs, start: 0)
        FloatView.reading(weight) { weight in
            DispatchQueue.concurrentPerform(iterations: panelCount) { fill(panel: $0, with: all, of: weight, kernels) }
        }
    }

    private var inputs: Int { sources.reduce(0, +) }

    /// Panels of 16 output channels.
    var panelCount: Int { columns / lanes }

    private func panel(_ index: Int) -> FloatView { panels(index * lanes..<(index + 1) * lanes) }

    /// Writes what a panel has of some outputs.
    /// - Parameter values: at the run's start [outputs of the run, inputs, kernel height, kernel width].
    func fill(panel index: Int, with run: ParameterPlaces.Run, of values: FloatView, _ kernels: Kernels) {
        let mine = run.outputs.clamped(to: index * lanes..<(index + 1) * lanes), perOutput = inputs * taps
        guard !mine.isEmpty else { return }
        let weight = values.slice(
            run.start + (mine.lowerBound - run.outputs.lowerBound) * perOutput, mine.count * perOutput)
        var input = 0, position = 0
        for source in sources {
            kernels.pack(
                .init(
                    x: weight.from(input * taps), lanes: mine.count, xLane: perOutput, outer: source, xOuter: taps,
                    yOuter: channelStep, inner: taps, yInner: tapStep,
                    y: panel(index).from(position * channelStep + mine.lowerBound % lanes)))
            input += source
            position += padded(source)
        }
    }

    /// Writes what a panel has of some outputs of another layer, of which this one is the turned one: its inputs are
    /// that layer's outputs, its outputs that layer's padded inputs, and its taps run backwards.
    /// - Parameters:
    ///   - layer: the other.
    ///   - values: as `fill` takes them of that layer.
    func fillTurned(
        panel index: Int, of layer: ConvolutionShape, with run: ParameterPlaces.Run, of values: FloatView,
        _ kernels: Kernels
    ) {
        guard let mine = layer.inputs(at: index * lanes..<(index + 1) * lanes) else { return }
        let perOutput = layer.inputs * taps
        kernels.pack(
            .init(
                x: values.from(run.start + mine.lowerBound * taps), lanes: mine.count, xLane: taps,
                outer: run.outputs.count, xOuter: perOutput, yOuter: channelStep, inner: taps, yInner: tapStep,
                isReversed: true, y: panel(index).from(run.outputs.lowerBound * channelStep)))
    }

    /// The kernel's taps as the input channels of a pointwise layer, [kernel row, kernel column, channel] in that
    /// order.
    convenience init(gathering weight: [Float]?, outputs: Int, channels: Int, kernel: Kernel) {
        let taps = kernel.taps
        guard let weight else {
            self.init(outputs: outputs, sources: [taps * channels], kernel: .pointwise)
            return
        }
        var columns = [Float](repeating: 0, count: weight.count)
        for o in 0..<outputs {
            for c in 0..<channels {
                for tap in 0..<taps {
                    columns[(o * taps + tap) * channels + c] = weight[(o * channels + c) * taps + tap]
                }
            }
        }
        self.init(weight: columns, outputs: outputs, sources: [taps * channels], kernel: .pointwise)
    }

    /// Where each input channel lies in a band's pixel.
    static func positions(_ sources: [Int]) -> [Int] {
        var result: [Int] = [], start = 0
        for count in sources {
            result += start..<start + count
            start += padded(count)
        }
        return result
    }
}
