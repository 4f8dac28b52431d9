import CHDF5
import Locking

/// libhdf5 behind a safe face: the one file of this target that calls it.
///
/// Not every build of the library is safe for threads, so all calls, of all files, stand behind one lock.
enum LibHDF5 {
    static let lock = Lock<Void>(())

    /// Runs `body` alone, its complaints silenced and forgotten: each thread has a list of them, and says for itself
    /// whether they are printed.
    ///
    /// The library does not close at the end of the program: of damaged files it keeps memory that is nobody's, and
    /// would say so there ("infinite loop closing library"). Files are open within `body` alone.
    static func alone<Result>(_ body: () throws(DatasetError) -> Result) throws(DatasetError) -> Result
    where Result: Sendable {
        try lock.withLock { (_) throws(DatasetError) -> Result in
            // Heeded the first time, before anything else is asked of the library.
            _ = H5dont_atexit()
            _ = phantom_hdf5_be_silent()
            defer { _ = phantom_hdf5_forget_errors() }
            return try body()
        }
    }
}

/// A file that is open for reading.
struct HDF5File: ~Copyable {
    let path: String
    private let identifier: Int64

    /// - Throws: `DatasetError` for a file that is no sound HDF5, or is one behind gzip.
    init(path: String) throws(DatasetError) {
        self.path = path
        let opened = unsafe phantom_hdf5_open(path)
        guard opened >= 0 else {
            throw DatasetError(path: path, expected: "a sound HDF5 file", got: "something else, or a file cut off")
        }
        identifier = opened
    }

    deinit { H5Fclose(identifier) }

    /// Whether a dataset of this name is in the file itself.
    func has(_ name: String) -> Bool { unsafe phantom_hdf5_has(identifier, name) == 1 }

    /// - Throws: `DatasetError` for a name that is not there, or what is no array of whole numbers.
    func array(_ name: String) throws(DatasetError) -> HDF5Array {
        guard has(name) else {
            throw DatasetError(
                path: path, item: name, expected: "a dataset of this name", got: "none in the file itself")
        }
        let opened = unsafe phantom_hdf5_open_dataset(identifier, name)
        guard opened >= 0 else {
            throw DatasetError(path: path, item: name, expected: "a dataset", got: "something else")
        }
        return try HDF5Array(opened, path: path, name: name)
    }
}

/// An array of whole numbers in a file.
struct HDF5Array: ~Copyable {
    let path: String
    let name: String
    let shape: [Int]
    /// Bytes of a number.
    let size: Int
    private let identifier: Int64
    private let chunks: HDF5Chunks?

    fileprivate init(_ identifier: Int64, path: String, name: String) throws(DatasetError) {
        let shape: [Int], size: Int, chunks: HDF5Chunks?
        do throws(DatasetError) {
            (shape, size) = try Self.form(identifier, path: path, name: name)
            let filters = try Self.filters(identifier, path: path, name: name)
            var sides = [UInt64](repeating: 0, count: 8)
            let isChunked = unsafe phantom_hdf5_chunk(identifier, Int32(shape.count), &sides)
            guard isChunked >= 0 else {
                throw DatasetError(path: path, item: name, expected: "chunks of a known size", got: "other ones")
            }
            chunks =
                isChunked == 0
                ? nil
                : try HDF5Chunks(
                    sides: sides.prefix(shape.count), shape: shape, size: size, filters: filters,
                    place: (path, name))
            try Self.checkSize(identifier, shape.reduce(size, *), isChunked: isChunked == 1, (path, name))
        } catch {
            H5Dclose(identifier)
            throw error
        }
        (self.identifier, self.path, self.name) = (identifier, path, name)
        (self.shape, self.size, self.chunks) = (shape, size, chunks)
    }

    deinit { H5Dclose(identifier) }

    private static func form(_ identifier: Int64, path: String, name: String) throws(DatasetError) -> ([Int], Int) {
        let type = H5Dget_type(identifier), space = H5Dget_space(identifier)
        defer {
            H5Tclose(type)
            H5Sclose(space)
        }
        let size = H5Tget_size(type)
        guard phantom_hdf5_class(type) == 1, phantom_hdf5_is_signed(type) == 0, size == 1 || size == 2 else {
            let kind = phantom_hdf5_class(type) == 2 ? "floating-point numbers" : "other ones"
            throw DatasetError(
                path: path, item: name, expected: "unsigned whole numbers of 8 or 16 bits",
                got: "\(kind) of \(size) bytes")
        }
        var lengths = [UInt64](repeating: 0, count: 8)
        let rank = unsafe phantom_hdf5_extent(space, &lengths)
        var count = size
        for length in lengths.prefix(max(0, Int(rank))) {
            let (product, overflow) = count.multipliedReportingOverflow(by: Int(clamping: length))
            guard !overflow, length <= 1 << 40 else {
                throw DatasetError(path: path, item: name, expected: "a size that is a number", got: "\(lengths)")
            }
            count = product
        }
        guard rank >= 1 else {
            throw DatasetError(path: path, item: name, expected: "an array of 1 to 8 dimensions", got: "none")
        }
        return (lengths.prefix(Int(rank)).map { Int($0) }, size)
    }

    /// Memory is taken for what the file can hold only: neither shape nor places of numbers are proof of them.
    private static func checkSize(
        _ identifier: Int64, _ needed: Int, isChunked: Bool, _ place: (path: String, name: String)
    ) throws(DatasetError) {
        let file = DatasetFiles.status(place.path)?.size ?? 0
        let stored = min(file, Int(clamping: H5Dget_storage_size(identifier)))
        let most = isChunked ? stored * DatasetFiles.mostPacked : stored
        guard needed <= most else {
            throw DatasetError(
                path: place.path, item: place.name, expected: "\(needed) bytes of numbers, as its shape says",
                got: "at most \(most) in the file")
        }
    }

    /// The numbers of the filters of its chunks, where the numbers lie in the file itself.
    private static func filters(_ identifier: Int64, path: String, name: String) throws(DatasetError) -> [Int] {
        var numbers = [Int32](repeating: 0, count: 16)
        let count = unsafe phantom_hdf5_filters(identifier, &numbers)
        guard count >= 0 else {
            let got = count == -2 ? "numbers in other files" : "filters that cannot be told"
            throw DatasetError(path: path, item: name, expected: "numbers in this file", got: got)
        }
        return numbers.prefix(Int(count)).map { Int($0) }
    }

    /// Holds what lies in the file of each chunk that has some of these rows against what the library will take it for.
    private func check(_ range: Range<Int>) throws(DatasetError) {
        guard let chunks, !chunks.filters.isEmpty else { return }
        for place in try chunks.places(range) {
            var skipped: UInt32 = 0
            var length: UInt64 = 0
            let found = unsafe phantom_hdf5_stored(identifier, place, &skipped, &length)
            guard found != 0 else { continue }
            guard found == 1, length <= chunks.mostStored else { throw chunks.damaged(place) }
            var bytes = [UInt8](repeating: 0, count: Int(length))
            guard unsafe phantom_hdf5_read_stored(identifier, place, &bytes) == 0,
                chunks.isWhole(bytes, skipped: skipped)
            else { throw chunks.damaged(place) }
        }
    }

    /// Rows of the first axis, one behind the other.
    /// - Throws: `DatasetError` where they cannot be read or unpacked.
    func rows(_ range: Range<Int>) throws(DatasetError) -> [UInt16] {
        precondition(range.lowerBound >= 0 && range.upperBound <= shape[0])
        let count = shape.dropFirst().reduce(range.count, *)
        guard count > 0 else { return [] }
        try check(range)
        var values = [UInt16](repeating: 0, count: count)
        let done = unsafe phantom_hdf5_read_rows(
            identifier, Int32(shape.count), shape.map { UInt64($0) }, UInt64(range.lowerBound), UInt64(range.count),
            &values)
        guard done == 0 else {
            throw DatasetError(
                path: path, item: "\(name)[\(range.lowerBound)]", expected: "numbers that can be read",
                got: "damaged ones, or a file cut off")
        }
        return values
    }
}
