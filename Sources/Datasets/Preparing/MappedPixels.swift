import Glibc

/// A file of pixels mapped for reading; or, where there is no file to keep, the same bytes in memory.
///
/// Pages come from the file when they are read and are given up when memory is short, so a set may be larger than it.
/// If another process cuts the file off, the kernel ends this one (SIGBUS); caches are only ever replaced by renaming.
@safe final class MappedPixels: Sendable {
    let count: Int
    private nonisolated(unsafe) let base: UnsafeRawPointer

    /// - Throws: `DatasetError` where the file cannot be opened or mapped, or is empty.
    convenience init(path: String) throws(DatasetError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw DatasetError(path: path, expected: "a readable file", got: DatasetFiles.systemMessage(errno))
        }
        defer { close(descriptor) }
        try self.init(descriptor: descriptor, path: path)
    }

    /// - Parameters:
    ///   - descriptor: of an open file; it can be closed when the file is mapped.
    ///   - path: for messages.
    /// - Throws: as `init(path:)`.
    init(descriptor: Int32, path: String) throws(DatasetError) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else {
            throw DatasetError(path: path, expected: "a regular file with something in it", got: "something else")
        }
        count = Int(status.st_size)
        let address = unsafe mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw DatasetError(
                path: path, expected: "a file that can be mapped", got: DatasetFiles.systemMessage(errno))
        }
        unsafe base = UnsafeRawPointer(address)
    }

    deinit { unsafe munmap(UnsafeMutableRawPointer(mutating: base), count) }

    /// Bytes `offset ..< offset + length`, which must lie within the file.
    func bytes(at offset: Int, _ length: Int) -> [UInt8] {
        precondition(offset >= 0 && length >= 0 && offset <= count && length <= count - offset)
        return unsafe Array(UnsafeRawBufferPointer(start: base + offset, count: length))
    }

    /// Samples of 8 bits from byte `offset`, each looked up in a table of 256 values.
    func floats(at offset: Int, _ length: Int, bytes table: [Float]) -> [Float] {
        precondition(offset >= 0 && length >= 0 && offset <= count && length <= count - offset && table.count == 256)
        return unsafe [Float](unsafeUninitializedCapacity: length) { target, initialized in
            for index in 0..<length {
                let sample = unsafe base.load(fromByteOffset: offset &+ index, as: UInt8.self)
                unsafe (target.baseAddress.unsafelyUnwrapped + index).initialize(to: table[Int(sample)])
            }
            initialized = length
        }
    }

    /// Samples of 16 bits, little-endian, from byte `offset`, brought to -1 ... 1.
    func floats(at offset: Int, words length: Int) -> [Float] {
        precondition(offset >= 0 && length >= 0 && offset <= count && length <= (count - offset) / 2)
        return unsafe [Float](unsafeUninitializedCapacity: length) { target, initialized in
            for index in 0..<length {
                let sample = unsafe UInt16(
                    littleEndian: base.loadUnaligned(fromByteOffset: offset &+ 2 &* index, as: UInt16.self))
                unsafe (target.baseAddress.unsafelyUnwrapped + index).initialize(
                    to: Float(Double(sample) / 65535 * 2 - 1))
            }
            initialized = length
        }
    }
}
