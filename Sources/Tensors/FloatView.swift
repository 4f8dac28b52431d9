import Glibc

/// `count` floats of a buffer that somebody else owns: an arena, a thread's scratch or packed weights.
///
/// Views are made from their owner for the duration of one operation and are never stored beyond the owner's life;
/// every slice is checked against the view it is cut from. This file, `Kernels` and its extensions hold the target's pointer work.
@safe struct FloatView: @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>
    let count: Int

    init(base: UnsafeMutablePointer<Float>, count: Int) {
        unsafe self.base = base
        self.count = count
    }

    /// `count` floats from `offset` on.
    func slice(_ offset: Int, _ count: Int) -> FloatView {
        precondition(offset >= 0 && count >= 0 && offset + count <= self.count,
            "view of \(self.count) floats cut at \(offset)..<\(offset + count)")
        return unsafe FloatView(base: base + offset, count: count)
    }

    /// Everything from `offset` on.
    func from(_ offset: Int) -> FloatView { slice(offset, count - offset) }

    subscript(index: Int) -> Float {
        get {
            precondition(index >= 0 && index < count)
            return unsafe base[index]
        }
        nonmutating set {
            precondition(index >= 0 && index < count)
            unsafe base[index] = newValue
        }
    }

    func fill(_ value: Float) { unsafe base.update(repeating: value, count: count) }

    func copy(from other: FloatView) {
        precondition(other.count == count)
        unsafe base.update(from: other.base, count: count)
    }

    func copy(from array: [Float]) {
        precondition(array.count == count)
        unsafe array.withUnsafeBufferPointer { unsafe base.update(from: $0.baseAddress!, count: count) }  // never empty
    }

    /// The floats as a span for a loop of its own; made once a loop, since making it is checked.
    func withSpan<R>(_ body: (inout MutableSpan<Float>) throws -> R) rethrows -> R {
        var span = unsafe UnsafeMutableBufferPointer(start: base, count: count).mutableSpan
        return try body(&span)
    }
}

/// Owns 64-byte aligned floats, zeroed at birth and freed with the last reference.
@safe final class FloatBuffer: @unchecked Sendable {
    private let base: UnsafeMutableRawPointer
    let count: Int

    /// Weights are streamed: with pages of 2 MiB a core reads memory about twice as fast as with small ones, where the
    /// system has them to give.
    private static let hugePage = 2 << 20

    init(count: Int) {
        self.count = count
        let bytes = max(count, 1) * MemoryLayout<Float>.stride
        unsafe base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: bytes < Self.hugePage ? 64 : Self.hugePage)
        if bytes >= Self.hugePage { unsafe madvise(base, bytes / Self.hugePage * Self.hugePage, MADV_HUGEPAGE) }
        unsafe base.initializeMemory(as: Float.self, repeating: 0, count: max(count, 1))
    }

    deinit { unsafe base.deallocate() }

    /// The whole buffer. The caller keeps the buffer alive while it uses the view.
    var view: FloatView { unsafe FloatView(base: base.assumingMemoryBound(to: Float.self), count: count) }
}
