/// Dropout (Srivastava et al. 2014): each element is zero with probability `rate` and multiplied by 1 / (1 - rate)
/// otherwise. The rate is rounded to a multiple of 2^-16.
///
/// Draws are Philox4x32-10's of a row's key, the layer's number in the network and the element: not a function of the
/// batch, of threads or of the CPU.
public struct Dropout: Sendable {
    /// The share of elements that is dropped, 0 ..< 1.
    public let rate: Double
    /// One for each row of the batch.
    public let keys: [UInt64]

    public init(rate: Double, keys: [UInt64]) { (self.rate, self.keys) = (rate, keys) }
}

extension Activation {
    /// The activation with some elements dropped, where the pass is recorded and drops any; itself otherwise.
    public func dropped(_ pass: Pass) -> Activation {
        guard pass.isRecording, let dropout = pass.tape?.dropout, dropout.rate > 0 else { return self }
        let site = pass.nextDropoutSite()
        let result = dropped(dropout, site, pass)
        pass.record(result) { gradient in
            let gradientOfInput = gradient.dropped(dropout, site, pass)
            pass.release(gradient)
            pass.addGradient(gradientOfInput, to: self)
        }
        return result
    }

    /// Elements that one work item takes: whole runs of Philox's.
    private static let run = 128 * 64

    private func dropped(_ dropout: Dropout, _ site: Int, _ pass: Pass) -> Activation {
        pass.operation("dropout of \(channels), \(height)x\(width)") {
            let result = pass.allocate(batch: batch, height: height, width: width, channels: channels)
            let count = height * width * pitch, runs = (count + Self.run - 1) / Self.run
            pass.parallel(batch * runs, scratch: 0) { item, _ in
                let n = item / runs, first = item % runs * Self.run, size = min(Self.run, count - first)
                pass.kernels.dropout(
                    .init(
                        x: rows(n, from: 0).slice(first, size), y: result.rows(n, from: 0).slice(first, size),
                        first: first, key: dropout.keys[n], site: site, rate: dropout.rate))
            }
            return result
        }
    }
}
