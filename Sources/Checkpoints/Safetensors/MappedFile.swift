import Glibc

/// A file mapped for reading.
///
/// The size is taken once, at opening. If another process truncates the file afterwards, the kernel answers an
/// access behind its new end with SIGBUS and the process dies; no program can check that away. Every read
/// looks at the size first, which catches all but a truncation during that very read. Replace a checkpoint
/// by renaming a new file over it, as `AtomicFile` does: the old map stays whole.
@safe final class MappedFile: Sendable {
    let path: String
    let size: Int
    private let descriptor: Int32
    private nonisolated(unsafe) let base: UnsafeRawPointer?

    init(path: String) throws(CheckpointError) {
        self.path = path
        // Non-blocking, so that a named pipe does not hold the opener; no effect on regular files.
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw CheckpointError(path: path, expected: "a readable file", got: systemMessage(errno))
        }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw CheckpointError(path: path, expected: "a regular file", got: "something else")
        }
        size = Int(status.st_size)
        if size == 0 {
            unsafe base = nil
            return
        }
        let address = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            let reason = systemMessage(errno)
            close(descriptor)
            throw CheckpointError(path: path, expected: "a file that can be mapped", got: reason)
        }
        unsafe base = UnsafeRawPointer(address)
    }

    deinit {
        if let base = unsafe base { unsafe munmap(UnsafeMutableRawPointer(mutating: base), size) }
        close(descriptor)
    }

    /// `count` elements from byte `offset`, which need not be aligned, each passed through `convert`.
    /// Throws if they do not lie within the file, or if it has changed its size since it was opened.
    @inline(__always)
    func map<Stored: BitwiseCopyable, Element>(
        at offset: Int, count: Int, _ convert: (Stored) -> Element
    ) throws(CheckpointError) -> [Element] {
        let stride = MemoryLayout<Stored>.stride
        let (length, overflow) = count.multipliedReportingOverflow(by: stride)
        guard !overflow, offset >= 0, count >= 0, offset <= size, length <= size - offset else {
            throw CheckpointError(
                path: path, expected: "bytes within its \(size)", got: "\(count) x \(stride) at \(offset)")
        }
        try requireUnchanged()
        guard count > 0, let base = unsafe base else { return [] }
        defer { release(offset..<offset + length) }
        let source = unsafe base + offset
        return unsafe [Element](unsafeUninitializedCapacity: count) { target, initialized in
            for index in 0..<count {
                let stored = unsafe source.loadUnaligned(fromByteOffset: index &* stride, as: Stored.self)
                unsafe (target.baseAddress.unsafelyUnwrapped + index).initialize(to: convert(stored))
            }
            initialized = count
        }
    }

    /// Gives back the memory of pages that lie within these bytes: they have been copied, and a checkpoint need not be
    /// resident twice. Whoever reads them again finds them in the page cache or in the file.
    private func release(_ bytes: Range<Int>) {
        let page = sysconf(Int32(_SC_PAGESIZE)), first = (bytes.lowerBound + page - 1) / page * page,
            end = bytes.upperBound / page * page
        // Of less the call would cost more than it gives.
        guard end - first >= 16 * page, let base = unsafe base else { return }
        unsafe madvise(UnsafeMutableRawPointer(mutating: base) + first, end - first, MADV_DONTNEED)
    }

    /// The same of the whole file: small pieces, which are not worth a call each, add up.
    func release() { release(0..<size) }

    private func requireUnchanged() throws(CheckpointError) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, Int(status.st_size) == size else {
            throw CheckpointError(path: path, expected: "\(size) bytes, as when opened", got: "\(status.st_size)")
        }
    }
}
