/// The gradient of a pointwise convolution's inputs that it reads as they are: products that are added straight to each
/// source's gradient, one chain of multiply-adds an element, which begins with what stands there.
struct PixelGradient {
    private let sources: [Activation]
    /// Of the result.
    private let gradient: Activation
    /// Those of the turned layer, whose outputs are the sources' channels side by side, each padded.
    private let weights: PackedWeights

    /// Nil where something is done to the inputs, or where there are no rows to divide among threads.
    init?(
        _ layer: Convolution, _ backward: ConvolutionBackward, _ input: Convolution.Input, _ gradient: Activation
    ) {
        guard layer.shape.kernel == .pointwise, layer.shape.stride == 1, layer.shape.padding == .none,
            gradient.height > 1, input.norm == nil, case .identity = input.activation, !input.upsampled,
            case .direct(let weights) = backward.turned.weights
        else { return nil }
        (sources, self.gradient, self.weights) = (input.sources, gradient, weights)
    }

    /// Floats of the gradient that a work item takes: 64 KiB.
    private static let budget = 16_384

    /// A source's gradient, and where its channels begin among those of all sources.
    private struct Target {
        let sum: Activation, isNew: Bool
        let start: Int
    }

    private func targets(_ pass: Pass) -> [Target] {
        var targets: [Target] = [], start = 0
        for source in sources {
            if pass.needsGradient(source) {
                let (sum, isNew) = pass.accumulatedGradient(of: source)
                targets.append(Target(sum: sum, isNew: isNew, start: start))
            }
            start += source.pitch
        }
        return targets
    }

    func run(_ pass: Pass) {
        let targets = targets(pass), (batch, height, width) = (gradient.batch, gradient.height, gradient.width)
        let channels = targets.reduce(0) { $0 + $1.sum.channels }
        let work = batch.saturatingProduct(height, width, gradient.channels, channels)
        let rows = max(1, min(height, Self.budget / (width * gradient.pitch))), items = (height + rows - 1) / rows
        let label = "gradient of 1x1 \(targets.map(\.sum.channels)) -> \(gradient.channels), \(height)x\(width)"
        pass.operation(label, multiplyAdds: work) {
            pass.parallel(batch * items, scratch: 0) { item, _ in
                let (n, first) = (item / items, item % items * rows), count = min(rows, height - first)
                for target in targets { add(to: target, image: n, first..<first + count, pass.kernels) }
            }
        }
    }

    private func add(to target: Target, image n: Int, _ rows: Range<Int>, _ kernels: Kernels) {
        let pitch = target.sum.pitch
        kernels.matmul(
            .init(
                a: gradient.rows(n, from: rows.lowerBound), aStride: gradient.pitch,
                b: weights.panels(target.start..<target.start + pitch), depth: weights.depth,
                rows: rows.count * gradient.width, columns: pitch, c: target.sum.rows(n, from: rows.lowerBound),
                cStride: pitch, accumulates: !target.isNew))
    }
}
