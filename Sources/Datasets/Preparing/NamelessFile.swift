import Glibc

/// A file in the temporary folder that no folder names and only its owner could read: patients' pixels go with the
/// process, however that ends.
struct NamelessFile: ~Copyable {
    private let folder: String
    private let descriptor: Int32

    /// - Throws: `DatasetError` where the folder takes no file.
    init(in folder: String = TemporaryPlace.folder) throws(DatasetError) {
        self.folder = folder
        let path = "\(folder)/phantom-\(getpid())-\(UInt64.random(in: 0...UInt64.max)).part"
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw DatasetError(path: folder, expected: "a writable folder", got: DatasetFiles.systemMessage(errno))
        }
        unsafe unlink(path)
    }

    deinit { close(descriptor) }

    /// Appends the bytes.
    /// - Throws: `DatasetError` where the disk is full or fails.
    func append(_ bytes: [UInt8]) throws(DatasetError) {
        try DatasetFiles.append(bytes, to: descriptor, path: folder)
    }

    /// What has been written, which stays when the file is closed.
    /// - Throws: `DatasetError` where it cannot be mapped, or is empty.
    func mapped() throws(DatasetError) -> MappedPixels { try MappedPixels(descriptor: descriptor, path: folder) }
}
