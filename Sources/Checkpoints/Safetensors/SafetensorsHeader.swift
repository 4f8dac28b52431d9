import JSON

/// One tensor of a safetensors file.
public struct TensorEntry: Sendable, Equatable {
    public let name: String
    public let dtype: DType
    /// Row major, no strides; empty for a scalar.
    public let shape: [Int]
    /// Where its bytes lie, from the start of the file. Not necessarily aligned.
    public let bytes: Range<Int>

    public init(name: String, dtype: DType, shape: [Int], bytes: Range<Int>) {
        self.name = name
        self.dtype = dtype
        self.shape = shape
        self.bytes = bytes
    }

    /// Product of the shape. Validated against the bytes, so it cannot overflow here.
    public var elementCount: Int { shape.reduce(1, *) }
}

/// The header of a safetensors file, with every claim it makes about the layout checked: the tensors cover
/// the bytes after the header exactly once, without hole or overlap, each as long as its shape and type say.
/// Source: the format section of github.com/huggingface/safetensors, and `Metadata::validate` there.
public struct SafetensorsHeader: Sendable {
    /// Longer headers are refused, as the reference implementation does.
    public static let maximumLength = 100_000_000

    /// The tensors in the order of their bytes.
    public let tensors: [TensorEntry]
    /// `__metadata__`: strings only.
    public let metadata: [String: String]
    /// Offset of the first tensor byte: 8 + header length.
    public let dataStart: Int

    /// The whole header of a file's bytes: for fuzzing and tests; files are read by `SafetensorsFile`.
    public init(fileBytes: [UInt8], path: String = "") throws(CheckpointError) {
        let length = try Self.length(prefix: Array(fileBytes.prefix(8)), fileSize: fileBytes.count, path: path)
        try self.init(json: Array(fileBytes[8..<8 + length]), fileSize: fileBytes.count, path: path)
    }

    /// Header length H from the first eight bytes (little-endian u64), checked against the file's size.
    static func length(prefix: [UInt8], fileSize: Int, path: String) throws(CheckpointError) -> Int {
        guard prefix.count == 8, fileSize >= 8 else {
            throw CheckpointError(
                path: path, item: "header length", expected: "8 bytes", got: "\(min(fileSize, prefix.count))")
        }
        let claimed = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let limit = min(maximumLength, fileSize - 8)
        guard claimed <= UInt64(limit) else {
            let why = limit == maximumLength ? "" : " (the file has \(fileSize) bytes)"
            throw CheckpointError(
                path: path, item: "header length", expected: "at most \(limit)\(why)", got: "\(claimed)")
        }
        return Int(claimed)
    }

    /// Reads and validates the JSON of the header. Throws the first fault found, naming the tensor.
    init(json bytes: [UInt8], fileSize: Int, path: String) throws(CheckpointError) {
        guard bytes.first == UInt8(ascii: "{") else {
            throw CheckpointError(
                path: path, item: "header", expected: "{ as its first byte",
                got: bytes.first.map { "byte \($0)" } ?? "an empty header")
        }
        let root: JSONCursor
        do {
            // Root, tensor, shape: three levels.
            let reader = JSONReader(.init(maximumDepth: 3, maximumValues: 10_000_000))
            root = JSONCursor(try reader.read(bytes))
        } catch {
            throw CheckpointError(path: path, item: "header", expected: "JSON", got: error.description)
        }
        do {
            dataStart = 8 + bytes.count
            metadata = try Self.metadata(root)
            var entries: [TensorEntry] = []
            for (key, _) in try root.object() where key != "__metadata__" {
                entries.append(try Self.entry(key, root.required(key), dataStart: dataStart))
            }
            entries.sort { ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound) }
            tensors = entries
        } catch {
            throw CheckpointError(path: path, error)
        }
        try requireCompleteCover(fileSize: fileSize, path: path)
    }

    private static func metadata(_ root: JSONCursor) throws(JSONMismatch) -> [String: String] {
        guard try root.object()["__metadata__"] != nil else { return [:] }
        let cursor = try root.required("__metadata__")
        var metadata: [String: String] = [:]
        for (key, _) in try cursor.object() { metadata[key] = try cursor.required(key).string() }
        return metadata
    }

    private static func entry(_ name: String, _ cursor: JSONCursor, dataStart: Int) throws(JSONMismatch) -> TensorEntry
    {
        try cursor.refuseMembers(otherThan: ["dtype", "shape", "data_offsets"])
        let type = try cursor.required("dtype")
        guard let dtype = DType(rawValue: try type.string()) else {
            throw type.mismatch(expected: "one of " + DType.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let shapeCursor = try cursor.required("shape")
        var shape: [Int] = []
        for side in try shapeCursor.elements() { shape.append(try size(side)) }
        let offsets = try cursor.required("data_offsets")
        let pair = try offsets.elements(count: 2...2)
        let (begin, end) = (try size(pair[0]), try size(pair[1]))
        let (first, overflowFirst) = begin.addingReportingOverflow(dataStart)
        let (last, overflowLast) = end.addingReportingOverflow(dataStart)
        guard begin <= end, !overflowFirst, !overflowLast else {
            throw JSONMismatch(pointer: offsets.pointer, expected: "an increasing pair", got: "[\(begin), \(end)]")
        }
        guard let count = elementCount(of: shape) else {
            throw JSONMismatch(pointer: shapeCursor.pointer, expected: "a product within 64 bits", got: "\(shape)")
        }
        let (bits, overflow) = count.multipliedReportingOverflow(by: dtype.bits)
        guard !overflow, bits % 8 == 0, bits / 8 == end - begin else {
            let length =
                overflow ? "\(count) times \(dtype.bits) bits" : bits % 8 == 0 ? "\(bits / 8) bytes" : "\(bits) bits"
            throw JSONMismatch(
                pointer: offsets.pointer, expected: "\(length), for \(dtype.rawValue) \(shape)",
                got: "\(end - begin) bytes")
        }
        return TensorEntry(name: name, dtype: dtype, shape: shape, bytes: first..<last)
    }

    /// Plain digits only: `2.0` and `1e3` are no sizes in this format.
    private static func size(_ cursor: JSONCursor) throws(JSONMismatch) -> Int {
        guard let number = cursor.value.number, number.isIntegerLiteral, let value = number.int, value >= 0 else {
            throw cursor.mismatch(expected: "a size in plain digits")
        }
        return value
    }

    private func requireCompleteCover(fileSize: Int, path: String) throws(CheckpointError) {
        var next = dataStart
        for tensor in tensors {
            guard tensor.bytes.lowerBound == next else {
                let fault = tensor.bytes.lowerBound < next ? "an overlap with the tensor before" : "a hole before it"
                throw CheckpointError(
                    path: path, item: tensor.name, expected: "data from offset \(next - dataStart)",
                    got: "\(tensor.bytes.lowerBound - dataStart): \(fault)")
            }
            next = tensor.bytes.upperBound
        }
        guard next == fileSize else {
            throw CheckpointError(
                path: path, item: "file size", expected: "\(next) bytes, as the header says",
                got: "\(fileSize): \(fileSize < next ? "truncated" : "trailing bytes")")
        }
    }
}
