/// Sums over the rows of all images that are cut into parts, each with sums of its own, which are added in order: so
/// many parts whatever the threads, which divide them.
struct PartialSums {
    /// Rows in all.
    let count: Int
    /// Floats of the sums.
    let each: Int

    /// Parts at most. It is part of the arithmetic: changing it changes bits.
    private static let most = 16
    /// Floats of sums that leave room for what is summed in a core's second-level cache: 640 KiB.
    private static let small = 160 << 10
    /// Pixels of a part that are worth sums of its own.
    static let fewestPixels = 64
    /// Floats that are added as one work item.
    private static let chunk = 1 << 12

    var parts: Int { min(Self.most, count) }

    /// Whether the sums are small enough to be held once for each part.
    var areSmall: Bool { each <= Self.small }

    /// The sums over all rows; the pass's memory, of which the caller releases all.
    /// - Parameter body: takes the rows of a part, its sums, to be written, and scratch.
    func sum(
        _ pass: Pass, scratch: Int, _ body: (_ rows: Range<Int>, _ sums: FloatView, _ scratch: FloatView) -> Void
    ) -> FloatView {
        let sums = pass.allocate(parts * each)
        pass.parallel(parts, scratch: scratch) { part, scratch in
            body(count * part / parts..<count * (part + 1) / parts, sums.slice(part * each, each), scratch)
        }
        let chunks = (each + Self.chunk - 1) / Self.chunk
        pass.parallel(chunks, scratch: 0) { item, _ in
            let start = item * Self.chunk, size = min(Self.chunk, each - start), sum = sums.slice(start, size)
            for part in 1..<max(parts, 1) {
                pass.kernels.add(sum, sums.slice(part * each + start, size), into: sum, scale: 1)
            }
        }
        return sums
    }
}
