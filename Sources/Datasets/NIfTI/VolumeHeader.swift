/// What a volume's file says of it, every number checked.
struct VolumeHeader: Sendable {
    /// Numbers of voxels that are read (NIfTI's codes).
    enum Voxel: Int {
        case uint8 = 2
        case int16 = 4
        case int32 = 8
        case float32 = 16
        case float64 = 64
        case int8 = 256
        case uint16 = 512
        case uint32 = 768

        var size: Int {
            switch self {
            case .uint8, .int8: 1
            case .int16, .uint16: 2
            case .int32, .float32, .uint32: 4
            case .float64: 8
            }
        }
    }

    let path: String
    let voxelsPath: String
    /// Voxels along the three axes of the file.
    let sides: [Int]
    /// Volumes one behind the other.
    let frames: Int
    let voxel: Voxel
    let isSwapped: Bool
    let orientation: VolumeOrientation
    let slope: Double
    let intercept: Double
    let offset: Int

    /// Voxels of one volume at most.
    private static let mostVoxels = 1 << 28

    var count: Int { sides.reduce(1, *) }

    /// - Throws: `DatasetError` for a header that is damaged, claims more than the file holds, or has no orientation.
    init(path: String) throws(DatasetError) {
        let header = try LibNIfTI.header(path)
        func refuse(_ item: String, _ expected: String, _ got: String, _ remedy: String? = nil) -> DatasetError {
            DatasetError(path: path, item: item, expected: expected, got: got, remedy: remedy)
        }
        let rank = header.dimensions[0]
        guard (3...7).contains(rank) else { throw refuse("dimensions", "3 or 4", "\(rank)") }
        let lengths = header.dimensions[1...rank]
        sides = Array(lengths.prefix(3))
        frames = rank >= 4 ? lengths[lengths.startIndex + 3] : 1
        guard lengths.dropFirst(4).allSatisfy({ $0 == 1 }) else {
            throw refuse("dimensions", "3 or 4", "\(rank), of \(Array(lengths))")
        }
        guard sides.allSatisfy({ (1...8192).contains($0) }), (1...100_000).contains(frames),
            sides.reduce(1, *) <= Self.mostVoxels
        else { throw refuse("size", "sides of 1 ... 8192 voxels, 2^28 together", "\(Array(lengths))") }
        guard let voxel = Voxel(rawValue: header.datatype), voxel.size == header.voxelBytes else {
            throw refuse("type of voxels", "whole or real numbers of 8 to 64 bits", "NIfTI's number \(header.datatype)")
        }
        guard let transform = header.transform else {
            throw refuse(
                "orientation", "a sform or a qform", "neither: which side is left would be guessed",
                "write it with its transform (fslorient, nibabel), if you know it")
        }
        guard let orientation = VolumeOrientation(transform) else {
            throw refuse("orientation", "three axes in millimetres", "\(transform)")
        }
        (self.path, voxelsPath, self.voxel, self.orientation) = (path, header.voxelsPath, voxel, orientation)
        isSwapped = header.swappedBytes > 1
        let hasSlope = header.slope != 0 && header.slope.isFinite && header.intercept.isFinite
        (slope, intercept) = hasSlope ? (header.slope, header.intercept) : (1, 0)
        offset = header.offset
        guard (0...1 << 50).contains(offset) else {
            throw refuse("place of the voxels", "a place in a file", "\(offset)")
        }
        try checkSize()
    }

    /// Memory is taken for what the file can hold only.
    private func checkSize() throws(DatasetError) {
        let needed = offset + count * frames * voxel.size
        let packed = DatasetFiles.status(voxelsPath)?.size ?? 0
        let most = voxelsPath.hasSuffix(".gz") ? packed * DatasetFiles.mostPacked : packed
        guard needed <= most else {
            throw DatasetError(
                path: voxelsPath, expected: "at least \(needed) bytes for \(sides) voxels x \(frames)", got: "\(most)")
        }
    }

    /// The voxels of one volume in the order of the file, brought to their unit by slope and intercept.
    /// - Throws: `DatasetError` for a file that ends before them, or a voxel that is no number.
    func voxels(frame: Int) throws(DatasetError) -> [Float] {
        let size = voxel.size
        let bytes = LibNIfTI.bytes(voxelsPath, at: offset + frame * count * size, count * size)
        guard bytes.count == count * size else {
            throw DatasetError(
                path: voxelsPath, item: "volume \(frame)", expected: "\(count * size) bytes", got: "\(bytes.count)")
        }
        var values = [Float](repeating: 0, count: count)
        for index in 0..<count {
            let value = number(bytes, at: index * size) * slope + intercept
            values[index] = Float(value)
            guard values[index].isFinite else {
                throw DatasetError(
                    path: path, item: "voxel \(index) of volume \(frame)", expected: "a number", got: "\(value)")
            }
        }
        return values
    }

    @inline(__always)
    private func number(_ bytes: [UInt8], at place: Int) -> Double {
        var bits: UInt64 = 0
        for byte in 0..<voxel.size {
            bits |= UInt64(bytes[place + (isSwapped ? voxel.size - 1 - byte : byte)]) << UInt64(8 * byte)
        }
        switch voxel {
        case .uint8, .uint16, .uint32: return Double(bits)
        case .int8: return Double(Int8(truncatingIfNeeded: bits))
        case .int16: return Double(Int16(truncatingIfNeeded: bits))
        case .int32: return Double(Int32(truncatingIfNeeded: bits))
        case .float32: return Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case .float64: return Double(bitPattern: bits)
        }
    }
}
