import Dispatch
import Locking

/// A 3x3 kernel's weights for Winograd's domain, U = G g G^T for every pair of channels (Lavin & Gray 2016, section 4).
///
/// Transformed they are one packed matrix for each of the (output + 2)^2 products. Where tiles are few, reading nine
/// floats and transforming them at each use is quicker than reading 36 or 64. The arithmetic is the same, so the bits
/// are.
struct WinogradWeights: Sendable {
    /// When weights are transformed.
    enum Form: Sendable {
        /// Once at load; they are not kept as they were.
        case atLoad
        /// At each use for few tiles; once and for all when there are many, in a batch: not all that are served see
        /// batches.
        case forMany
        /// As `forMany`, but for the pass alone and into its memory: of weights that are trained.
        case perPass
        case atUse
    }

    let form: Form
    /// The weights as they are; nil where they were transformed at load.
    let untransformed: PackedWeights?
    /// Outputs per tile and side: 6, 4 or 2.
    let output: Int
    /// Input channels in the band, padded source by source; output channels, padded.
    let depth: Int, columns: Int
    /// Whose kernels transform; any gives the same bits.
    private let tier: KernelTier
    private let made = Made()

    private final class Made: Sendable {
        let planes = Lock<FloatBuffer?>(nil)
    }

    var products: Int { (output + 2) * (output + 2) }

    /// - Parameter packed: of a 3x3 kernel, by channel.
    init(_ packed: PackedWeights, output: Int, form: Form, tier: KernelTier = .best) {
        self.form = form
        self.tier = tier
        self.output = output
        depth = packed.depth / 3
        columns = packed.columns
        untransformed = form == .atLoad ? nil : packed
        if form == .atLoad {
            let planes = transformed(packed)
            made.planes.withLock { $0 = planes }
        }
    }

    /// [product][panel of 16 outputs][input channel][16]; transformed by the first who asks, if not at load. Who reads
    /// them holds them: they may be given back at any time.
    var planes: FloatBuffer {
        made.planes.withLock { made in
            if let made { return made }
            guard let untransformed else { fatalError("weights transformed at load have planes from then on") }
            let planes = transformed(untransformed)
            made = planes
            return planes
        }
    }

    /// Gives back what was made for batches and large images; the next of these makes it again.
    func giveBackMade() {
        if untransformed != nil { made.planes.withLock { $0 = nil } }
    }

    /// Floats that are always held, and those that `planes` may come to beside.
    var floats: (held: Int, made: Int) {
        (untransformed?.buffer.count ?? planesCount, form == .forMany ? planesCount : 0)
    }

    private func transformed(_ packed: PackedWeights) -> FloatBuffer {
        let kernels = Kernels(tier: tier), buffer = FloatBuffer(count: planesCount), whole = buffer.view
        DispatchQueue.concurrentPerform(iterations: columns / lanes) {
            transform(panel: $0, of: packed, into: whole, kernels)
        }
        return buffer
    }

    /// U of a panel of 16 outputs.
    private func transform(panel index: Int, of packed: PackedWeights, into planes: FloatView, _ kernels: Kernels) {
        let panel = packed.panels(index * lanes..<(index + 1) * lanes), row = (output + 2) * columns * depth
        for pair in Self.pairs(output) {
            kernels.winogradFilter(
                .init(
                    panel: panel, depth: depth, pair: pair, u: planes.from(pair.first * row + index * lanes * depth),
                    plane: columns * depth, second: (pair.second - pair.first) * row))
        }
    }

    /// Floats of all planes.
    private var planesCount: Int { products * columns * depth }

    /// U as a pass reads it.
    struct Transformed {
        /// The transformed planes; nil while measuring.
        let planes: FloatView?
        /// What holds them, or what they are in of the pass's memory.
        private let kept: FloatBuffer?
        private let lent: FloatView?

        fileprivate init(kept: FloatBuffer?) { (planes, self.kept, lent) = (kept?.view, kept, nil) }

        fileprivate init(lent: FloatView, isMade: Bool) { (planes, kept, self.lent) = (isMade ? lent : nil, nil, lent) }

        /// Says that the pass has read them.
        func release(_ pass: Pass) { if let lent { pass.release(lent) } }
    }

    /// U, made now if it has not been: before the threads begin, which would wait for each other.
    func transformed(_ pass: Pass) -> Transformed {
        guard form == .perPass, let untransformed else {
            return Transformed(kept: pass.isMeasuring ? nil : planes)
        }
        let lent = pass.allocate(planesCount)
        pass.parallel(columns / lanes, scratch: 0) { index, _ in
            transform(panel: index, of: untransformed, into: lent, pass.kernels)
        }
        return Transformed(lent: lent, isMade: !pass.isMeasuring)
    }

    /// Two points of the rows whose planes are made together: they share most of their arithmetic.
    struct Pair {
        /// The output of the layer's largest tile, 6, 4 or 2.
        let output: Int
        let index: Int
        let first: Int, second: Int
    }

    /// 0 and infinity, 1 and -1, 2 and -2, 1/2 and -1/2, as far as the tiles have them.
    static func pairs(_ output: Int) -> [Pair] {
        (0..<(output + 2) / 2).map { index in
            let first = [0, 1, 3, 6][index]
            return Pair(output: output, index: index, first: first, second: index > 0 ? first + 1 : output == 2 ? 3 : 5)
        }
    }
}
