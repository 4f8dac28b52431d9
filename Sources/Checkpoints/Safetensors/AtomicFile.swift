import Glibc

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
