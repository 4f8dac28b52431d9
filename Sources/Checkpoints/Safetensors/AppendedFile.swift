import Glibc

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
