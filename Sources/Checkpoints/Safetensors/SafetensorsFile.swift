import Bytes

/// A safetensors file, mapped. Opening validates the whole layout; reading copies one tensor out as numbers.
/// Do not write into a file that is open: see `MappedFile` for what happens.
public final class SafetensorsFile: Sendable {
    public let path: String
    public let header: SafetensorsHeader
    private let file: MappedFile
    private let places: [String: Int]

    /// Throws `CheckpointError` for whatever cannot be opened or is laid out wrongly.
    public init(path: String) throws(CheckpointError) {
        self.path = path
        file = try MappedFile(path: path)
        do throws(CheckpointError) {
            let prefix = try file.map(at: 0, count: min(8, file.size)) { (byte: UInt8) in byte }
            let length = try SafetensorsHeader.length(prefix: prefix, fileSize: file.size, path: path)
            let json = try file.map(at: 8, count: length) { (byte: UInt8) in byte }
            header = try SafetensorsHeader(json: json, fileSize: file.size, path: path)
        } catch {
            guard let kind = try ForeignFile.describe(file) else { throw error }
            throw CheckpointError(path: path, expected: "a safetensors file", got: kind)
        }
        var places: [String: Int] = [:]
        for (index, tensor) in header.tensors.enumerated() {
            // Swift takes two spellings of one accented letter as the same name; a file has no such names in practice.
            if places.updateValue(index, forKey: tensor.name) != nil {
                throw CheckpointError(
                    path: path, item: tensor.name, expected: "names that differ", got: "two spellings of one")
            }
        }
        self.places = places
    }

    /// Bytes of the file.
    public var size: Int { file.size }
    /// Tensors in the order of their bytes.
    public var tensors: [TensorEntry] { header.tensors }
    public var metadata: [String: String] { header.metadata }

    /// The tensor of that name, if there is one.
    public func entry(_ name: String) -> TensorEntry? { places[name].map { header.tensors[$0] } }

    /// All elements as Float32, row major. F32 is exact, F16 and BF16 widened exactly, F64 and the integers
    /// rounded to nearest. Throws for names that are not there, and for 8-bit and smaller floats and complex numbers.
    public func floats(_ name: String) throws(CheckpointError) -> [Float] {
        try floats(name, 0..<required(name).elementCount)
    }

    /// Some of the elements, by their places in row-major order. Throws as well for places that are not there.
    public func floats(_ name: String, _ places: Range<Int>) throws(CheckpointError) -> [Float] {
        let tensor = try required(name)
        guard 0 <= places.lowerBound, places.upperBound <= tensor.elementCount else {
            throw CheckpointError(
                path: path, item: name, expected: "places of its \(tensor.elementCount) elements", got: "\(places)")
        }
        // Types of less than a byte are none of those that are read.
        let start = tensor.bytes.lowerBound + places.lowerBound * tensor.dtype.bits / 8
        guard let values = try file.floats(tensor.dtype, at: start, count: places.count) else {
            throw CheckpointError(
                path: path, item: name, expected: "F32, F16, BF16, F64 or an integer type", got: tensor.dtype.rawValue)
        }
        return values
    }

    /// Gives back the memory of all that was read: the file itself keeps it.
    public func release() { file.release() }

    /// All elements of an integer or boolean tensor. Throws for other types and for values beyond `Int`.
    public func integers(_ name: String) throws(CheckpointError) -> [Int] {
        let tensor = try required(name)
        let (offset, count) = (tensor.bytes.lowerBound, tensor.elementCount)
        switch tensor.dtype {
        case .i64: return try file.map(at: offset, count: count) { (value: Int64) in Int(value) }
        case .i32: return try file.map(at: offset, count: count) { (value: Int32) in Int(value) }
        case .u32: return try file.map(at: offset, count: count) { (value: UInt32) in Int(value) }
        case .i16: return try file.map(at: offset, count: count) { (value: Int16) in Int(value) }
        case .u16: return try file.map(at: offset, count: count) { (value: UInt16) in Int(value) }
        case .i8: return try file.map(at: offset, count: count) { (value: Int8) in Int(value) }
        case .u8: return try file.map(at: offset, count: count) { (value: UInt8) in Int(value) }
        case .bool: return try file.map(at: offset, count: count) { (value: UInt8) in value == 0 ? 0 : 1 }
        case .u64:
            let values = try file.map(at: offset, count: count) { (value: UInt64) in Int(exactly: value) }
            let fitting = values.compactMap { $0 }
            guard fitting.count == values.count else {
                throw CheckpointError(path: path, item: name, expected: "values up to \(Int.max)", got: "a larger one")
            }
            return fitting
        default:
            throw CheckpointError(path: path, item: name, expected: "an integer type", got: tensor.dtype.rawValue)
        }
    }

    /// SHA-256 of the whole file.
    public func sha256() throws(CheckpointError) -> Digest { try SafetensorsFile.sha256(of: [self]) }

    /// SHA-256 over the bytes of the files, one after the other.
    static func sha256(of files: [SafetensorsFile]) throws(CheckpointError) -> Digest {
        var content = Digest.Accumulator()
        for file in files {
            for offset in stride(from: 0, to: file.size, by: 1 << 20) {
                content.append(try file.file.bytes(at: offset, count: min(1 << 20, file.size - offset)))
            }
        }
        return content.digest
    }

    private func required(_ name: String) throws(CheckpointError) -> TensorEntry {
        guard let tensor = entry(name) else {
            throw CheckpointError(path: path, item: name, expected: "a tensor of this name", got: "none")
        }
        return tensor
    }
}
