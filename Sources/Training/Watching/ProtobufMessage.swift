import Bytes

/// A message in Protocol Buffers' wire format: fields by number, in the order in which they were added.
struct ProtobufMessage {
    private(set) var bytes: [UInt8] = []

    /// Wire type 0.
    mutating func add(_ field: Int, integer value: UInt64) {
        tag(field, 0)
        varint(value)
    }

    /// Wire type 1.
    mutating func add(_ field: Int, double value: Double) {
        tag(field, 1)
        bytes.append(littleEndian: value.bitPattern)
    }

    /// Wire type 5.
    mutating func add(_ field: Int, float value: Float) {
        tag(field, 5)
        bytes.append(littleEndian: value.bitPattern)
    }

    /// Wire type 2: a string, bytes, or another message.
    mutating func add(_ field: Int, bytes content: [UInt8]) {
        tag(field, 2)
        varint(UInt64(content.count))
        bytes += content
    }

    mutating func add(_ field: Int, text: String) { add(field, bytes: Array(text.utf8)) }

    mutating func add(_ field: Int, message: ProtobufMessage) { add(field, bytes: message.bytes) }

    private mutating func tag(_ field: Int, _ type: Int) { varint(UInt64(field << 3 | type)) }

    /// Seven bits a byte, the lowest first.
    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
