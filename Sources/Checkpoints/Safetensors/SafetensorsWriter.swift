import JSON

/// Writes safetensors files that `SafetensorsFile`, and every other reader, takes: tensors by type, then by
/// name (as the reference writer orders them, so that all are aligned), header padded to 8 bytes, atomically.
public struct SafetensorsWriter: Sendable {
    public struct Tensor: Sendable {
        public enum Values: Sendable {
            case float32([Float])
            /// Rounded to binary16, to nearest even; a value beyond its range is refused.
            case float16([Float])
            case int64([Int64])
        }

        public let shape: [Int]
        public let values: Values

        public init(shape: [Int], values: Values) {
            self.shape = shape
            self.values = values
        }

        public init(shape: [Int], floats: [Float]) { self.init(shape: shape, values: .float32(floats)) }

        var count: Int {
            switch values {
            case .float32(let values), .float16(let values): values.count
            case .int64(let values): values.count
            }
        }

        var dtype: DType {
            switch values {
            case .float32: .f32
            case .float16: .f16
            case .int64: .i64
            }
        }
    }

    /// `__metadata__`. `format: pt` is what torch-side readers look for.
    public var metadata: [String: String]

    public init(metadata: [String: String] = ["format": "pt"]) { self.metadata = metadata }

    /// Writes the file, synced and renamed into place. Throws `CheckpointError`; then nothing has changed at `path`.
    public func write(_ tensors: [String: Tensor], to path: String) throws(CheckpointError) {
        let ordered = tensors.sorted {
            ($1.value.dtype.bits, $0.key) < ($0.value.dtype.bits, $1.key)
        }
        let header = try header(of: ordered.map { ($0.key, $0.value) }, path: path)
        var file = try AtomicFile(path: path)
        try file.write(header)
        for (name, tensor) in ordered {
            switch tensor.values {
            case .float32(let values): try file.write(values)
            case .int64(let values): try file.write(values)
            case .float16(let values): try file.write(try Self.binary16(values, name: name, path: path))
            }
        }
        try file.commit()
    }

    private func header(of tensors: [(String, Tensor)], path: String) throws(CheckpointError) -> [UInt8] {
        var object = JSONObject()
        if !metadata.isEmpty {
            object["__metadata__"] = .object(
                JSONObject(metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
        }
        var offset = 0
        for (name, tensor) in tensors {
            guard name != "__metadata__" else {
                throw CheckpointError(
                    path: path, item: name, expected: "another name", got: "the one kept for metadata")
            }
            guard elementCount(of: tensor.shape) == tensor.count else {
                throw CheckpointError(
                    path: path, item: name, expected: "values for \(tensor.shape)", got: "\(tensor.count)")
            }
            let end = offset + tensor.count * (tensor.dtype.bits / 8)
            object[name] = [
                "dtype": .string(tensor.dtype.rawValue),
                "shape": .array(tensor.shape.map { .integer($0) }),
                "data_offsets": [.integer(offset), .integer(end)],
            ]
            offset = end
        }
        var json = object.serialized()
        json.append(contentsOf: repeatElement(UInt8(ascii: " "), count: -json.count & 7))
        let length = UInt64(json.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + json
    }

    private static func binary16(_ values: [Float], name: String, path: String) throws(CheckpointError) -> [UInt16] {
        var bits: [UInt16] = []
        bits.reserveCapacity(values.count)
        for value in values {
            let half = Float16(value)
            guard half.isFinite == value.isFinite else {
                throw CheckpointError(
                    path: path, item: name, expected: "values within the range of F16 (65504)", got: "\(value)")
            }
            bits.append(half.bitPattern)
        }
        return bits
    }
}
