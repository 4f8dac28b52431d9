extension Weights {
    /// The weights of a safetensors file that lies in memory, such as one that is part of the program.
    /// - Parameter origin: where messages say they come from.
    /// - Throws: `CheckpointError` for whatever is laid out wrongly, or a type other than F32 and F16.
    public init(safetensors bytes: [UInt8], origin: String) throws(CheckpointError) {
        let header = try SafetensorsHeader(fileBytes: bytes, path: origin)
        var entries: [String: WeightStore.Entry] = [:]
        for tensor in header.tensors {
            let place = tensor.bytes, count = tensor.elementCount
            let values: [Float]
            switch tensor.dtype {
            case .f32:
                values = (0..<count).map { Float(bitPattern: word(bytes, at: place.lowerBound + 4 * $0)) }
            case .f16:
                values = (0..<count).map { index in
                    let at = place.lowerBound + 2 * index
                    return float(binary16: UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8)
                }
            default:
                throw CheckpointError(
                    path: origin, item: tensor.name, expected: "F32 or F16", got: tensor.dtype.rawValue)
            }
            entries[tensor.name] = .init(shape: tensor.shape, location: .memory(values))
        }
        self.init(store: WeightStore(entries: entries, origin: origin))
    }
}

/// Four bytes, the lowest first.
private func word(_ bytes: [UInt8], at place: Int) -> UInt32 {
    UInt32(bytes[place]) | UInt32(bytes[place + 1]) << 8 | UInt32(bytes[place + 2]) << 16
        | UInt32(bytes[place + 3]) << 24
}
