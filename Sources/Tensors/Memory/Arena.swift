/// Hands out one block of memory to the activations of a forward pass, and takes it back, by offset.
///
/// Without a block it only books how large one has to be.
final class Arena {
    private let block: FloatBuffer?
    private var free: [Range<Int>] = [0..<Int.max]
    /// Floats that a block has to have for what has been allocated so far.
    private(set) var peak = 0
    /// Floats that are allocated now, lanes of padding among them.
    private(set) var held = 0

    /// - Parameter block: memory to hand out, or nil to book.
    init(in block: FloatBuffer? = nil) { self.block = block }

    /// The first place that is large enough. The contents are whatever was there before.
    func allocate(_ count: Int) -> FloatView {
        let size = padded(count)
        for index in free.indices where free[index].count >= size {
            let start = free[index].lowerBound
            if free[index].count == size {
                free.remove(at: index)
            } else {
                free[index] = (start + size)..<free[index].upperBound
            }
            peak = max(peak, start + size)
            held += size
            guard let block else { return unsafe FloatView(base: Self.nowhere(start), count: count) }
            return block.view.slice(start, count)
        }
        fatalError("the arena's free list always ends in an unbounded range")
    }

    /// Takes back what `allocate` gave. That it is given back twice, or was never handed out, is a mistake of a
    /// network's code, which would let two activations share their memory: the program ends.
    func release(_ view: FloatView) {
        guard view.count > 0 else { return }
        let origin = if let block { unsafe block.view.base } else { unsafe Self.nowhere(0) }
        let start = unsafe view.base - origin
        precondition(start >= 0 && start + padded(view.count) <= peak, "memory released that was not handed out")
        let range = start..<(start + padded(view.count))
        let index = free.firstIndex { $0.lowerBound >= range.upperBound } ?? free.endIndex
        precondition(index == 0 || free[index - 1].upperBound <= range.lowerBound, "memory released twice")
        held -= range.count
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

    /// An address that is only counted with while booking, never read or written.
    private static func nowhere(_ offset: Int) -> UnsafeMutablePointer<Float> {
        unsafe UnsafeMutablePointer(bitPattern: 1 << 40)! + offset  // a constant that is not null
    }
}
