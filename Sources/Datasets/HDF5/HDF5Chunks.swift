import Bytes

/// The chunks of an HDF5 array, and whether what lies in the file of one is as long as it must be.
///
/// Version 1.10 of the library takes the length of an unpacked chunk on trust and reads behind the end of a short one;
/// so the length is found before the library is asked (HDF5 File Format Specification 3.0, section IV.A.2.l, the filter
/// pipeline).
struct HDF5Chunks {
    let filters: [Int]
    private let sides: [Int]
    private let shape: [Int]
    /// Bytes of one chunk unpacked.
    private let bytes: Int
    private let place: (path: String, name: String)

    /// Bytes of one chunk at most: the library unpacks whole ones.
    private static let mostBytes = 1 << 30
    /// Chunks that hold the rows that are read at once, at most.
    private static let mostChunks = 1 << 20

    private static let deflate = 1, fletcher32 = 3
    private static let known = 1...3
    private static let words = [4: "szip", 5: "nbit", 6: "scale-offset", 32000: "lzf", 32001: "blosc"]

    /// - Throws: `DatasetError` for filters that are not read (all but deflate, shuffle and fletcher32, each once), and
    ///   for chunks without a size or of more than a gibibyte.
    init(
        sides: ArraySlice<UInt64>, shape: [Int], size: Int, filters: [Int], place: (path: String, name: String)
    ) throws(DatasetError) {
        for filter in filters where !Self.known.contains(filter) {
            throw DatasetError(
                path: place.path, item: place.name, expected: "chunks packed by deflate, or not packed",
                got: "the filter \(Self.words[filter] ?? "\(filter)")",
                remedy: "pack the file anew (h5repack -f GZIP=4 in.h5 out.h5)")
        }
        guard Set(filters).count == filters.count else {
            throw DatasetError(
                path: place.path, item: place.name, expected: "each filter once", got: "one of them twice")
        }
        var bytes = size
        for side in sides {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: Int(clamping: side))
            guard side > 0, !overflow, product <= Self.mostBytes else {
                throw DatasetError(
                    path: place.path, item: place.name, expected: "chunks of 1 to \(Self.mostBytes) bytes",
                    got: "others")
            }
            bytes = product
        }
        (self.filters, self.sides, self.shape) = (filters, sides.map { Int($0) }, shape)
        (self.bytes, self.place) = (bytes, place)
    }

    /// Bytes that a chunk takes in the file at most: what zlib cannot pack it makes a little longer.
    var mostStored: Int { bytes + bytes / 64 + 4096 }

    /// Where the chunks begin that have some of these rows of the first axis, in 8 axes.
    /// - Throws: `DatasetError` where they are more than a million.
    func places(_ rows: Range<Int>) throws(DatasetError) -> [[UInt64]] {
        var places = [[UInt64]()]
        for (axis, side) in sides.enumerated() {
            let first = axis == 0 ? rows.lowerBound / side * side : 0
            let starts = stride(from: first, to: axis == 0 ? rows.upperBound : shape[axis], by: side)
            let count = (max(0, (axis == 0 ? rows.upperBound : shape[axis]) - first) + side - 1) / side
            guard count <= Self.mostChunks / max(1, places.count) else {
                throw DatasetError(
                    path: place.path, item: place.name, expected: "at most \(Self.mostChunks) chunks of these rows",
                    got: "more", remedy: "pack the file anew with larger chunks (h5repack -l CHUNK=...)")
            }
            places = places.flatMap { place in starts.map { place + [UInt64($0)] } }
        }
        return places.map { $0 + [UInt64](repeating: 0, count: 8 - $0.count) }
    }

    /// Whether a stored chunk unpacks to just the bytes of one. Each filter stands once, so lengths tell it all.
    /// - Parameter skipped: a bit for each filter that was passed over when it was written.
    func isWhole(_ stored: [UInt8], skipped: UInt32) -> Bool {
        var length = stored.count
        for (index, filter) in filters.enumerated().reversed() where skipped >> UInt32(index) & 1 == 0 {
            switch filter {
            case Self.fletcher32: length -= 4
            case Self.deflate:
                guard length >= 0,
                    let unpacked = ZlibStream.length(stored.prefix(length), limit: bytes + 4)
                else { return false }
                length = unpacked
            default: break
            }
        }
        return length == bytes
    }

    func damaged(_ chunk: [UInt64]) -> DatasetError {
        DatasetError(
            path: place.path, item: "\(place.name), chunk at \(chunk.prefix(sides.count))",
            expected: "\(bytes) bytes when unpacked", got: "damaged ones, or another length")
    }
}
