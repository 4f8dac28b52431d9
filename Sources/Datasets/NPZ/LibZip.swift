import CZip

/// A zip archive by libzip: the one file of this target that calls it.
@safe struct ZipReader: ~Copyable {
    let path: String
    private let archive: OpaquePointer

    /// An entry of the archive.
    struct Entry: Equatable {
        let index: UInt64
        let name: String
        /// Bytes unpacked, as its header claims.
        let size: Int
    }

    /// - Throws: `DatasetError` for a file that is no sound zip archive.
    init(path: String) throws(DatasetError) {
        self.path = path
        guard DatasetFiles.status(path)?.isFolder != true else {
            throw DatasetError(path: path, expected: "a zip archive (.npz)", got: "a folder")
        }
        var code: Int32 = 0
        guard let archive = unsafe zip_open(path, ZIP_RDONLY | ZIP_CHECKCONS, &code) else {
            var error = unsafe zip_error_t()
            unsafe zip_error_init_with_code(&error, code)
            let reason = unsafe String(cString: zip_error_strerror(&error))
            unsafe zip_error_fini(&error)
            throw DatasetError(path: path, expected: "a sound zip archive (.npz)", got: reason)
        }
        unsafe self.archive = archive
    }

    deinit { unsafe zip_discard(archive) }

    /// Entries at most; a set has six.
    private static let mostEntries = 1000

    /// The entries, each of which claims no more bytes than deflate can have packed into the archive.
    func entries() throws(DatasetError) -> [Entry] {
        let count = unsafe zip_get_num_entries(archive, 0)
        guard count <= Self.mostEntries else {
            throw DatasetError(path: path, expected: "at most \(Self.mostEntries) entries", got: "\(count)")
        }
        let packed = DatasetFiles.status(path)?.size ?? 0
        var entries: [Entry] = []
        for index in 0..<UInt64(max(0, count)) {
            var status = unsafe zip_stat_t()
            guard unsafe zip_stat_index(archive, index, 0, &status) == 0, let name = unsafe status.name else {
                throw DatasetError(path: path, item: "entry \(index)", expected: "its name and size", got: message)
            }
            let text = unsafe String(cString: name)
            let size = unsafe status.size
            guard size <= UInt64(packed * DatasetFiles.mostPacked + 1024) else {
                throw DatasetError(
                    path: path, item: text, expected: "no more than \(packed) packed bytes can hold",
                    got: "\(size) bytes")
            }
            entries.append(Entry(index: index, name: text, size: Int(size)))
        }
        return entries
    }

    private var message: String { unsafe String(cString: zip_strerror(archive)) }

    /// Unpacks an entry piece by piece, its checksum checked at the end.
    /// - Parameters:
    ///   - most: bytes after which it is left; nil reads all.
    ///   - take: called with each piece; what it throws ends the reading.
    func read(_ entry: Entry, most: Int? = nil, _ take: ([UInt8]) throws(DatasetError) -> Void) throws(DatasetError) {
        guard let file = unsafe zip_fopen_index(archive, entry.index, 0) else {
            throw DatasetError(path: path, item: entry.name, expected: "an entry that can be unpacked", got: message)
        }
        defer { unsafe _ = zip_fclose(file) }
        var done = 0
        let end = min(entry.size, most ?? Int.max)
        while done < end {
            var got: Int64 = 0
            let piece = unsafe [UInt8](unsafeUninitializedCapacity: min(1 << 20, end - done)) { buffer, initialized in
                got = unsafe zip_fread(file, buffer.baseAddress.unsafelyUnwrapped, UInt64(buffer.count))
                initialized = max(0, Int(got))
            }
            guard got > 0 else {
                let reason = got < 0 ? unsafe String(cString: zip_file_strerror(file)) : "\(done) bytes"
                throw DatasetError(path: path, item: entry.name, expected: "\(entry.size) bytes", got: reason)
            }
            try take(piece)
            done += piece.count
        }
        guard most == nil, done == entry.size else { return }
        var extra: UInt8 = 0
        // Reading beyond the end makes libzip compare the checksum.
        guard unsafe zip_fread(file, &extra, 1) == 0 else {
            let reason = unsafe String(cString: zip_file_strerror(file))
            throw DatasetError(path: path, item: entry.name, expected: "\(entry.size) sound bytes", got: reason)
        }
    }
}
