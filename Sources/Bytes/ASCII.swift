extension UInt8 {
    /// Whether the byte is one of `0` to `9`.
    public var isASCIIDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    /// Whether the byte is one of `A` to `Z`, `a` to `z`, `0` to `9`.
    public var isASCIIAlphanumeric: Bool {
        isASCIIDigit || (self | 0x20 >= UInt8(ascii: "a") && self | 0x20 <= UInt8(ascii: "z"))
    }
}
