/// Small sums: parts of all output rows, each with sums of its own. How many there are is part of the arithmetic, and
/// depends on the shape alone.
extension DirectWeightGradient {
    /// Floats of a part's prepared input that leave room for its sums in a core's second-level cache: 256 KiB.
    private static let partBudget = 64 << 10

    private var all: Int { call.batch * call.result.height }
    private var parts: PartialSums { PartialSums(count: all, each: call.shape.kernel.taps * plane) }

    /// Whether parts have sums of their own.
    var isDividedByParts: Bool { parts.areSmall && all * call.result.width >= PartialSums.fewestPixels * parts.parts }

    private var rowsPerStep: Int {
        let perRow = region(0..<1).rowPitch * call.shape.stride
        return max(1, min(call.result.height, Self.partBudget / perRow))
    }

    /// The sums over all pixels, [tap][input][output].
    func sumParts(_ pass: Pass) -> FloatView {
        let band = isPlain ? 0 : region(0..<rowsPerStep).count
        return parts.sum(pass, scratch: band) { rows, sums, scratch in
            var row = rows.lowerBound
            while row < rows.upperBound {
                let first = row % call.result.height
                let count = min(rowsPerStep, call.result.height - first, rows.upperBound - row)
                let part = ImageRows(image: row / call.result.height, rows: first..<first + count)
                if !isPlain {
                    let region = region(part.rows)
                    call.prepare(region, image: part.image, into: scratch.slice(0, region.count))
                }
                for tap in 0..<call.shape.kernel.taps {
                    let product = Product(tap: tap, inputs: 0..<inputs, isFirst: row == rows.lowerBound)
                    multiply(part, isPlain ? nil : scratch, product, into: sums)
                }
                row += count
            }
        }
    }
}
