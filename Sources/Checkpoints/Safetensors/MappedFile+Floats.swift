extension MappedFile {
    /// `count` elements from byte `offset` as Float32: F32 as it is, F16 and BF16 widened exactly, F64 and the integers
    /// rounded to nearest. Nil for 8-bit and smaller floats and complex numbers. Throws if they do not lie within the
    /// file.
    func floats(_ dtype: DType, at offset: Int, count: Int) throws(CheckpointError) -> [Float]? {
        switch dtype {
        case .f32: try map(at: offset, count: count) { (value: Float) in value }
        case .f16: try map(at: offset, count: count) { (bits: UInt16) in float(binary16: bits) }
        case .bf16: try map(at: offset, count: count) { (bits: UInt16) in float(bfloat16: bits) }
        case .f64: try map(at: offset, count: count) { (value: Double) in Float(value) }
        case .i64: try map(at: offset, count: count) { (value: Int64) in Float(value) }
        case .u64: try map(at: offset, count: count) { (value: UInt64) in Float(value) }
        case .i32: try map(at: offset, count: count) { (value: Int32) in Float(value) }
        case .u32: try map(at: offset, count: count) { (value: UInt32) in Float(value) }
        case .i16: try map(at: offset, count: count) { (value: Int16) in Float(value) }
        case .u16: try map(at: offset, count: count) { (value: UInt16) in Float(value) }
        case .i8: try map(at: offset, count: count) { (value: Int8) in Float(value) }
        case .u8: try map(at: offset, count: count) { (value: UInt8) in Float(value) }
        case .bool: try map(at: offset, count: count) { (value: UInt8) in value == 0 ? 0 : 1 }
        case .f4, .f6e2m3, .f6e3m2, .f8e5m2, .f8e4m3, .f8e8m0, .f8e4m3fnuz, .f8e5m2fnuz, .c64: nil
        }
    }
}

/// IEEE 754 binary16, widened exactly (NaN payloads included). Without branches and without the conversion
/// instruction, which the baseline CPU lacks: the loop over it vectorises.
@inline(__always)
func float(binary16 bits: UInt16) -> Float {
    let magnitude = UInt32(bits & 0x7FFF)
    // Exponent 31 (infinity, NaN), 1...30 (bias 15 -> 127), 0 (zero, subnormal: mantissa x 2^-24).
    let special = magnitude << 13 | 0x7F80_0000
    let normal = magnitude << 13 &+ 112 << 23
    let subnormal = (Float(Int32(bitPattern: magnitude)) * 0x1p-24).bitPattern
    let wide = magnitude < 0x0400 ? subnormal : magnitude >= 0x7C00 ? special : normal
    return Float(bitPattern: wide | UInt32(bits & 0x8000) << 16)
}

/// bfloat16 is the upper half of a Float32.
@inline(__always)
func float(bfloat16 bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }
