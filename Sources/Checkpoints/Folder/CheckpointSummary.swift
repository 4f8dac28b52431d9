import JSON

/// What a checkpoint holds: every tensor with its type, shape and size, and the totals.
public struct CheckpointSummary: Sendable {
    /// The tensors in the order of their bytes, file by file.
    public let tensors: [TensorEntry]
    /// Bytes of the files, headers included.
    public let fileBytes: Int

    public init(files: [SafetensorsFile]) {
        tensors = files.flatMap(\.tensors)
        fileBytes = files.reduce(0) { $0 + $1.size }
    }

    /// Elements of all tensors.
    public var elementCount: Int { tensors.reduce(0) { $0 + $1.elementCount } }
    /// Bytes of all tensors.
    public var tensorBytes: Int { tensors.reduce(0) { $0 + $1.bytes.count } }

    /// Elements by type, the most common first.
    public var elementsByType: [(dtype: DType, elements: Int)] {
        var counts: [DType: Int] = [:]
        for tensor in tensors { counts[tensor.dtype, default: 0] += tensor.elementCount }
        return counts.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }.map { ($0.key, $0.value) }
    }

    /// Elements by part of the network: `conv_in`, `down_blocks.0`, ... in the order of first appearance by name.
    public var elementsByPart: [(part: String, elements: Int)] {
        var parts: [(part: String, elements: Int)] = []
        for tensor in tensors.sorted(by: { $0.name < $1.name }) {
            let words = tensor.name.split(separator: ".")
            let depth = words.count > 1 && Int(words[1]) != nil ? 2 : 1
            let part = words.prefix(depth).joined(separator: ".")
            if parts.last?.part == part {
                parts[parts.count - 1].elements += tensor.elementCount
            } else {
                parts.append((part, tensor.elementCount))
            }
        }
        return parts
    }

    /// `{"tensors": [{"name", "dtype", "shape", "bytes"}], "elements", "tensor_bytes", "file_bytes", "types"}`.
    public var json: JSONObject {
        [
            "elements": .integer(elementCount),
            "tensor_bytes": .integer(tensorBytes),
            "file_bytes": .integer(fileBytes),
            "types": .object(JSONObject(elementsByType.map { ($0.dtype.rawValue, .integer($0.elements)) })),
            "tensors": .array(
                tensors.map { tensor in
                    [
                        "name": .string(tensor.name), "dtype": .string(tensor.dtype.rawValue),
                        "shape": .array(tensor.shape.map { .integer($0) }), "bytes": .integer(tensor.bytes.count),
                    ]
                }),
        ]
    }
}
