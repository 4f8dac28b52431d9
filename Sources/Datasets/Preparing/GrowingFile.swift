import Glibc

/// A file that grows piece by piece beside its destination and is renamed over it, synced, when it is whole.
struct GrowingFile: ~Copyable {
    let path: String
    private let temporary: String
    private let descriptor: Int32
    private var isFinished = false

    init(path: String) throws(DatasetError) {
        self.path = path
        temporary = "\(path).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).part"
        descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw DatasetError(path: path, expected: "a writable place", got: DatasetFiles.systemMessage(errno))
        }
    }

    deinit {
        close(descriptor)
        if !isFinished { unsafe unlink(temporary) }
    }

    /// Appends the bytes.
    /// - Throws: `DatasetError` where the disk is full or fails; what was written is removed then.
    func append(_ bytes: [UInt8]) throws(DatasetError) {
        try DatasetFiles.append(bytes, to: descriptor, path: path)
    }

    /// Makes the file appear at its place, whole.
    mutating func finish() throws(DatasetError) {
        guard fsync(descriptor) == 0, unsafe rename(temporary, path) == 0 else {
            throw DatasetError(path: path, expected: "a file that can be kept", got: DatasetFiles.systemMessage(errno))
        }
        isFinished = true
    }

    /// Takes a file out of its folder; maps of it stay whole.
    static func remove(_ path: String) { unsafe _ = unlink(path) }
}
