/// One block of memory for all activations of a forward pass, handed out and taken back by offset.
///
/// A forward pass runs twice the first time it meets a shape: once *measuring*, where only the sizes are booked and the
/// kernels do not run, then for real in a block of at least the peak. From then on a pass allocates nothing.
final class Arena {
    private var buffer = FloatBuffer(count: 0)
    private var free: [Range<Int>] = [0..<Int.max]
    private(set) var peak = 0
    private(set) var isMeasuring = false

    /// Floats reserved now.
    var capacity: Int { buffer.count }

    func beginMeasuring() {
        isMeasuring = true
        peak = 0
        reset()
    }

    /// Ends measuring; the block is as it was.
    func endMeasuring() {
        isMeasuring = false
        reset()
    }

    /// Makes the block as large as `count` floats, if it is not; nothing may be allocated.
    func reserve(_ count: Int) {
        guard count > buffer.count else { return }
        giveBack()  // the old block goes before the new one comes
        buffer = FloatBuffer(count: count)
    }

    /// Gives the block back to the system; nothing may be allocated.
    func giveBack() { buffer = FloatBuffer(count: 0) }

    func reset() {
        free.removeAll(keepingCapacity: true)
        free.append(0..<Int.max)
    }

    /// First fit. The contents are whatever was there before.
    func allocate(_ count: Int) -> FloatView {
        let size = padded(count)
        for index in free.indices where free[index].count >= size {
            let start = free[index].lowerBound
            if free[index].count == size { free.remove(at: index) } else { free[index] = (start + size)..<free[index].upperBound }
            peak = max(peak, start + size)
            if isMeasuring { return unsafe FloatView(base: Self.nowhere(start), count: count) }
            return buffer.view.slice(start, count)
        }
        fatalError("the arena's free list always ends in an unbounded range")
    }

    func release(_ view: FloatView) {
        let origin = isMeasuring ? unsafe Self.nowhere(0) : unsafe buffer.view.base
        let start = unsafe view.base - origin
        let range = start..<(start + padded(view.count))
        let index = free.firstIndex { $0.lowerBound >= range.upperBound } ?? free.endIndex
        free.insert(range, at: index)
        merge(at: index)
    }

    private func merge(at index: Int) {
        if index + 1 < free.count, free[index].upperBound == free[index + 1].lowerBound {
            free[index] = free[index].lowerBound..<free[index + 1].upperBound
            free.remove(at: index + 1)
        }
        if index > 0, free[index - 1].upperBound == free[index].lowerBound {
            free[index - 1] = free[index - 1].lowerBound..<free[index].upperBound
            free.remove(at: index)
        }
    }

    /// An address that is only counted with while measuring, never read or written.
    private static func nowhere(_ offset: Int) -> UnsafeMutablePointer<Float> {
        unsafe UnsafeMutablePointer(bitPattern: 1 << 40)! + offset  // a constant that is not null
    }
}
