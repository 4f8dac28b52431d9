extension FixedWidthInteger where Self: UnsignedInteger {
    /// Reads a number whose least significant byte comes first.
    /// - Parameter bytes: at most as many bytes as the type has; missing ones count as zero.
    @inlinable
    public init(littleEndianBytes bytes: some BidirectionalCollection<UInt8>) {
        self = bytes.reversed().reduce(0) { $0 << 8 | Self($1) }
    }

    /// Reads a number whose most significant byte comes first.
    /// - Parameter bytes: at most as many bytes as the type has; missing ones count as zero.
    @inlinable
    public init(bigEndianBytes bytes: some Sequence<UInt8>) {
        self = bytes.reduce(0) { $0 << 8 | Self($1) }
    }
}

extension [UInt8] {
    /// Appends all bytes of `value`, the least significant one first.
    @inlinable
    public mutating func append<Value: FixedWidthInteger & UnsignedInteger>(littleEndian value: Value) {
        for shift in stride(from: 0, to: Value.bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: value >> Value(shift)))
        }
    }

    /// Appends all bytes of `value`, the most significant one first.
    @inlinable
    public mutating func append<Value: FixedWidthInteger & UnsignedInteger>(bigEndian value: Value) {
        for shift in stride(from: Value.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: value >> Value(shift)))
        }
    }
}
