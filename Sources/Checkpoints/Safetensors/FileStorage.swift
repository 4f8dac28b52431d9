// Everything unsafe of this target: the map of a file, and bytes in and out of it.
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

/// A file that appears complete or not at all: written beside its destination, synced, renamed over it.
package struct AtomicFile: ~Copyable {
    private let path: String
    private let temporary: String
    private let descriptor: Int32
    private var finished = false

    package init(path: String) throws(CheckpointError) {
        self.path = path
        temporary = "\(path).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).part"
        descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw CheckpointError(path: path, expected: "a writable place", got: systemMessage(errno))
        }
    }

    deinit {
        close(descriptor)
        if !finished { unsafe unlink(temporary) }
    }

    /// Appends the bytes of `elements` as they lie in memory (little-endian on every CPU served here).
    package func write<Element: BitwiseCopyable>(_ elements: [Element]) throws(CheckpointError) {
        if let failure = writeAll(elements, to: descriptor) {
            throw CheckpointError(path: path, expected: "to write it", got: systemMessage(failure))
        }
    }

    /// Makes it durable and visible: the data before the name, the name by syncing the folder.
    package mutating func commit() throws(CheckpointError) {
        guard fsync(descriptor) == 0, unsafe rename(temporary, path) == 0 else {
            throw CheckpointError(path: path, expected: "to put it in place", got: systemMessage(errno))
        }
        finished = true
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let handle = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { return }
        fsync(handle)
        close(handle)
    }
}

/// A file that grows by whole pieces: what was written before stays as it is.
package struct AppendedFile: ~Copyable {
    private let path: String
    private let descriptor: Int32

    /// Opens the file, or makes it.
    package init(path: String) throws(CheckpointError) {
        self.path = path
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw CheckpointError(path: path, expected: "a writable file", got: systemMessage(errno))
        }
    }

    deinit { close(descriptor) }

    package func append(_ bytes: [UInt8]) throws(CheckpointError) {
        if let failure = writeAll(bytes, to: descriptor) {
            throw CheckpointError(path: path, expected: "to write into it", got: systemMessage(failure))
        }
    }
}

/// Writes the bytes of `elements` as they lie in memory; the system's error number where that fails.
private func writeAll<Element: BitwiseCopyable>(_ elements: [Element], to descriptor: Int32) -> Int32? {
    unsafe elements.withUnsafeBytes { buffer in
        var remaining = unsafe buffer[...]
        while unsafe !remaining.isEmpty {
            let chunk = unsafe UnsafeRawBufferPointer(rebasing: remaining)
            let written = unsafe Glibc.write(descriptor, chunk.baseAddress, min(chunk.count, 1 << 30))
            if written < 0 {
                if errno == EINTR { continue }
                return errno
            }
            unsafe remaining = remaining.dropFirst(written)
        }
        return nil
    }
}

/// Whether `path` is a folder, another thing, or not there (nil).
package func isFolder(_ path: String) -> Bool? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    return status.st_mode & S_IFMT == S_IFDIR
}

/// Names in a folder, sorted; empty if it cannot be read.
package func names(in folder: String) -> [String] {
    guard let handle = unsafe opendir(folder) else { return [] }
    defer { unsafe closedir(handle) }
    // The field exists: the offset of a stored property of a C struct is always known.
    let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name)!
    var names: [String] = []
    while let entry = unsafe readdir(handle) {
        // Where the name lies, not a copy of the field: an entry ends with its name, before the 256 bytes that its type
        // declares (readdir(3), NOTES), and the last entry of a full buffer with mapped memory.
        let name = unsafe String(
            cString: UnsafeRawPointer(entry).advanced(by: nameOffset).assumingMemoryBound(to: CChar.self))
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}

/// Makes a folder unless it is there.
package func makeFolder(_ path: String) throws(CheckpointError) {
    if unsafe mkdir(path, 0o755) != 0, errno != EEXIST || isFolder(path) != true {
        throw CheckpointError(path: path, expected: "a folder", got: systemMessage(errno))
    }
}

/// Makes a folder and those above it, where they are not there.
/// - Throws: `CheckpointError` naming the folder that cannot be made, and why.
package func makeFolders(_ path: String) throws(CheckpointError) {
    var made = path.hasPrefix("/") ? "/" : ""
    for name in path.split(separator: "/") {
        made += made.isEmpty || made == "/" ? String(name) : "/\(name)"
        guard isFolder(made) != true else { continue }
        let failure = unsafe mkdir(made, 0o777) == 0 ? 0 : errno
        // Another process may have made it meanwhile.
        if failure == 0 || failure == EEXIST && isFolder(made) == true { continue }
        let place = made == path ? "" : " at \(made)"
        throw CheckpointError(
            path: path, expected: "a folder that can be made", got: "\"\(systemMessage(failure))\"\(place)")
    }
    guard isFolder(path) == true else {
        throw CheckpointError(path: path, expected: "a folder that can be made", got: "no name of one")
    }
}

/// The system's words for an error number.
func systemMessage(_ number: Int32) -> String {
    // Thread-safe since glibc 2.32 (strerror(3), ATTRIBUTES).
    guard let text = unsafe strerror(number) else { return "error \(number)" }
    return unsafe String(cString: text)
}
