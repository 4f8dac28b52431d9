import CNIfTI

/// nifti_clib behind a safe face: the one file of this target that calls it.
enum LibNIfTI {
    /// What a header says, nothing of it checked but that it is one.
    struct Header {
        let dimensions: [Int]
        let datatype: Int
        let voxelBytes: Int
        let swappedBytes: Int
        /// Rows of the transform from indices to millimetres, right, anterior and superior being positive; nil without.
        let transform: [[Double]]?
        let slope: Double
        let intercept: Double
        let offset: Int
        let voxelsPath: String
    }

    /// - Throws: `DatasetError` for a file that is no NIfTI-1, NIfTI-2 or Analyze header.
    static func header(_ path: String) throws(DatasetError) -> Header {
        var header = phantom_nifti_header()
        let done = unsafe phantom_nifti_read_header(path, &header)
        guard done == 0 else {
            let got = done == -2 ? "a file that does not begin as one" : "one that is damaged, or without its voxels"
            throw DatasetError(path: path, expected: "a NIfTI header", got: got)
        }
        let dimensions = unsafe withUnsafeBytes(of: header.dimensions) { bytes in
            (0..<8).map { unsafe Int(bytes.load(fromByteOffset: 8 * $0, as: Int64.self)) }
        }
        var matrix: [Double]?
        if header.sform_code > 0 { matrix = doubles(header.sform) }
        if matrix == nil, header.qform_code > 0 { matrix = doubles(header.qform) }
        let path = unsafe withUnsafeBytes(of: header.voxels_path) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return Header(
            dimensions: dimensions, datatype: Int(header.datatype), voxelBytes: Int(header.voxel_bytes),
            swappedBytes: Int(header.swapped_bytes),
            transform: matrix.map { rows in (0..<3).map { Array(rows[4 * $0..<4 * $0 + 4]) } },
            slope: header.slope, intercept: header.intercept, offset: Int(header.offset), voxelsPath: path)
    }

    private static func doubles(_ matrix: some BitwiseCopyable) -> [Double] {
        unsafe withUnsafeBytes(of: matrix) { bytes in
            (0..<12).map { unsafe bytes.load(fromByteOffset: 8 * $0, as: Double.self) }
        }
    }

    /// Bytes of a file, unpacked where its name ends in `.gz`; fewer than asked for where it ends before.
    static func bytes(_ path: String, at offset: Int, _ count: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let done = unsafe phantom_nifti_read_bytes(path, Int64(offset), buffer.baseAddress, Int64(count))
            initialized = max(0, min(count, Int(done)))
        }
    }
}
