import Bytes

extension UnpackedArray {
    /// All elements as class numbers, 0 ... 999.
    /// - Throws: `DatasetError` for a number beyond that.
    func integers(item: String) throws(DatasetError) -> [Int] {
        let size = header.element.size
        let bytes = try bytes(at: 0, header.count * size)
        var numbers: [Int] = []
        numbers.reserveCapacity(header.count)
        for place in stride(from: 0, to: bytes.count, by: size) {
            let word = bytes[place..<place + size]
            let isBig = header.element == .bigUInt16
            let bits = isBig ? UInt64(bigEndianBytes: word) : UInt64(littleEndianBytes: word)
            // Negative numbers have their highest bit set, and are too large then.
            guard bits < 1000 else {
                throw DatasetError(path: path, item: item, expected: "class numbers 0 ... 999", got: "\(bits)")
            }
            numbers.append(Int(bits))
        }
        return numbers
    }
}
