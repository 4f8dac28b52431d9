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

    /// - Parameters:
    ///   - weight: [outputs, inputs, kernel height, kernel width] in torch's order, the inputs being those of all
    ///     `sources`.
    ///   - isByChannel: whether a panel is [input channel][tap][16] instead, as Winograd's filter transform reads it.
    init(weight: [Float], outputs: Int, sources: [Int], kernel: Kernel, isByChannel: Bool = false) {
        let inputs = sources.reduce(0, +), pitch = sources.reduce(0) { $0 + padded($1) }, taps = kernel.taps
        precondition(weight.count == outputs * inputs * taps)
        columns = padded(outputs)
        segments = kernel.height
        depth = kernel.width * pitch
        buffer = FloatBuffer(count: columns * segments * depth)
        let position = Self.positions(sources), size = segments * depth * lanes
        let tapStep = lanes * (isByChannel ? 1 : pitch), channelStep = lanes * (isByChannel ? taps : 1)
        let whole = buffer.view
        DispatchQueue.concurrentPerform(iterations: columns / lanes) { panel in
            whole.slice(panel * size, size).withSpan { packed in
                for o in panel * lanes..<min(outputs, (panel + 1) * lanes) {
                    for i in 0..<inputs {
                        let source = (o * inputs + i) * taps, target = position[i] * channelStep + o % lanes
                        for tap in 0..<taps { packed[target + tap * tapStep] = weight[source + tap] }
                    }
                }
            }
        }
    }

    /// The kernel's taps as the input channels of a pointwise layer, [kernel row, kernel column, channel] in that
    /// order.
    convenience init(gathering weight: [Float], outputs: Int, channels: Int, kernel: Kernel) {
        let taps = kernel.taps
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
