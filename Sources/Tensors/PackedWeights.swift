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

    /// - Parameters:
    ///   - weight: [out, in, kernelHeight, kernelWidth] in torch's order, `in` being the sum of `sources`.
    init(weight: [Float], out: Int, sources: [Int], kernel: Int) {
        let inputs = sources.reduce(0, +), pitch = sources.reduce(0) { $0 + padded($1) }
        precondition(weight.count == out * inputs * kernel * kernel)
        columns = padded(out)
        segments = kernel
        depth = kernel * pitch
        buffer = FloatBuffer(count: columns * segments * depth)
        let position = Self.positions(sources)
        let panel = segments * depth * lanes
        buffer.view.withSpan { packed in
            for o in 0..<out {
                let base = o / lanes * panel + o % lanes
                for i in 0..<inputs {
                    let source = (o * inputs + i) * kernel * kernel
                    for tap in 0..<kernel * kernel {
                        packed[base + (tap * pitch + position[i]) * lanes] = weight[source + tap]
                    }
                }
            }
        }
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
