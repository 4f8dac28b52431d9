import Glibc

/// `count` floats of a buffer that somebody else owns: an arena, a thread's scratch or packed weights.
///
/// Views are made from their owner for the duration of one operation and are never stored beyond the owner's life;
/// every slice is checked against the view it is cut from. This file, `Kernels` and its extensions hold the target's
/// pointer work.
@safe struct FloatView: @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>
    let count: Int

    init(base: UnsafeMutablePointer<Float>, count: Int) {
        unsafe self.base = base
        self.count = count
    }

    /// Where it begins: the name of what lies there.
    var address: Int { unsafe Int(bitPattern: base) }

    /// `count` floats from `offset` on.
    func slice(_ offset: Int, _ count: Int) -> FloatView {
        precondition(
            offset >= 0 && count >= 0 && offset + count <= self.count,
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

    /// Calls `body` with the elements of an array, which it may only read.
    static func reading<R>(_ array: [Float], _ body: (FloatView) throws -> R) rethrows -> R {
        try unsafe array.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return try body(FloatBuffer(count: 0).view) }
            return try body(unsafe FloatView(base: UnsafeMutablePointer(mutating: base), count: buffer.count))
        }
    }

    /// A copy.
    var array: [Float] { unsafe Array(UnsafeBufferPointer(start: base, count: count)) }

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

    /// What was mapped for it; nil where it is of the heap.
    private let mapped: (start: UnsafeMutableRawPointer, bytes: Int)?

    init(count: Int) {
        self.count = count
        let bytes = max(count, 1) * MemoryLayout<Float>.stride
        if bytes >= Self.hugePage {
            let mapped = unsafe Self.map(bytes + Self.hugePage)
            let ahead = -Int(bitPattern: mapped) & (Self.hugePage - 1)
            unsafe self.mapped = (mapped, bytes + Self.hugePage)
            unsafe base = mapped + ahead
            unsafe madvise(base, bytes / Self.hugePage * Self.hugePage, MADV_HUGEPAGE)
        } else {
            unsafe mapped = nil
            unsafe base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
            unsafe base.initializeMemory(as: Float.self, repeating: 0, count: max(count, 1))
        }
    }

    /// Memory fresh from the system, which is zero and comes to be page by page where it is first written: by the
    /// threads that fill it.
    private static func map(_ bytes: Int) -> UnsafeMutableRawPointer {
        let address = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        // As with the heap: a program that gets no memory cannot go on.
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            fatalError("mmap of \(bytes) bytes failed with \(errno)")
        }
        return unsafe address
    }

    deinit {
        if let mapped = unsafe mapped { unsafe munmap(mapped.start, mapped.bytes) } else { unsafe base.deallocate() }
    }

    /// The whole buffer. The caller keeps the buffer alive while it uses the view.
    var view: FloatView { unsafe FloatView(base: base.assumingMemoryBound(to: Float.self), count: count) }
}
