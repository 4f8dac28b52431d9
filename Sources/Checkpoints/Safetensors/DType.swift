/// Element types of safetensors, by the names that stand in its headers
/// (huggingface/safetensors, `safetensors/src/tensor.rs`, `enum Dtype`).
public enum DType: String, Sendable, CaseIterable {
    case bool = "BOOL"
    case f4 = "F4"
    case f6e2m3 = "F6_E2M3"
    case f6e3m2 = "F6_E3M2"
    case u8 = "U8"
    case i8 = "I8"
    case f8e5m2 = "F8_E5M2"
    case f8e4m3 = "F8_E4M3"
    case f8e8m0 = "F8_E8M0"
    case f8e4m3fnuz = "F8_E4M3FNUZ"
    case f8e5m2fnuz = "F8_E5M2FNUZ"
    case i16 = "I16"
    case u16 = "U16"
    case f16 = "F16"
    case bf16 = "BF16"
    case i32 = "I32"
    case u32 = "U32"
    case f32 = "F32"
    case c64 = "C64"
    case f64 = "F64"
    case i64 = "I64"
    case u64 = "U64"

    /// Bits of one element.
    public var bits: Int {
        switch self {
        case .f4: 4
        case .f6e2m3, .f6e3m2: 6
        case .bool, .u8, .i8, .f8e5m2, .f8e4m3, .f8e8m0, .f8e4m3fnuz, .f8e5m2fnuz: 8
        case .i16, .u16, .f16, .bf16: 16
        case .i32, .u32, .f32: 32
        case .c64, .f64, .i64, .u64: 64
        }
    }

    /// Whether `SafetensorsFile.floats` reads it.
    public var isConvertibleToFloat: Bool {
        switch self {
        case .f4, .f6e2m3, .f6e3m2, .f8e5m2, .f8e4m3, .f8e8m0, .f8e4m3fnuz, .f8e5m2fnuz, .c64: false
        default: true
        }
    }

    public var isInteger: Bool {
        switch self {
        case .bool, .u8, .i8, .i16, .u16, .i32, .u32, .i64, .u64: true
        default: false
        }
    }
}

/// How many elements a shape has; nil if a side is negative or the product of the sides that are not 0 overflows: a
/// tensor of [0, 2^62, 2^62] has no elements, but nothing that can be done with such sides.
func elementCount(of shape: [Int]) -> Int? {
    var (count, isEmpty) = (1, false)
    for side in shape {
        guard side > 0 else {
            if side < 0 { return nil }
            isEmpty = true
            continue
        }
        let (product, overflow) = count.multipliedReportingOverflow(by: side)
        guard !overflow else { return nil }
        count = product
    }
    return isEmpty ? 0 : count
}
