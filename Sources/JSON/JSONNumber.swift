/// A JSON number as it was written. Nothing is rounded until a typed accessor is asked, and an
/// accessor answers nil rather than a value that is not the one in the text.
public struct JSONNumber: Sendable, Equatable {
    /// The literal, by the grammar of RFC 8259 section 6; or `NaN`, `Infinity`, `-Infinity` where the
    /// reader was told to take Python's words. Two numbers are equal if their texts are.
    public let text: String

    public init(_ value: some BinaryInteger) { text = String(value) }

    /// Shortest text that reads back as `value`; one of the three words if it is not finite.
    public init(_ value: Double) {
        if value.isFinite {
            text = value.description
        } else if value.isNaN {
            text = "NaN"
        } else {
            text = value < 0 ? "-Infinity" : "Infinity"
        }
    }

    /// `literal` has passed the reader's grammar.
    init(literal: String) { text = literal }

    /// False for the three words that are not JSON.
    public var isFinite: Bool { !(text.utf8.last == UInt8(ascii: "N") || text.utf8.last == UInt8(ascii: "y")) }

    /// Digits with an optional minus: no fraction, no exponent.
    public var isIntegerLiteral: Bool {
        isFinite && !text.utf8.contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }
    }

    /// The value as an `Int64`; nil if it has a fractional part (`1.0` and `1e3` have none) or does not fit.
    public var int64: Int64? { integer() }
    /// The value as a `UInt64`; nil if negative, fractional or too large.
    public var uint64: UInt64? { integer() }
    /// The value as an `Int`; nil if fractional or out of range.
    public var int: Int? { integer() }

    /// The nearest double; nil where that would be infinite although the text is a finite number.
    public var double: Double? {
        switch text {
        case "NaN": return .nan
        case "Infinity": return .infinity
        case "-Infinity": return -.infinity
        default:
            guard let value = Double(text), value.isFinite else { return nil }
            return value
        }
    }

    private func integer<T: FixedWidthInteger>() -> T? {
        guard isFinite else { return nil }
        if isIntegerLiteral { return T(text) }
        guard let digits = wholeDigits() else { return nil }
        return T(digits)
    }

    /// The decimal digits (with sign) of a literal with fraction or exponent, if its value is whole
    /// and of at most 20 digits.
    private func wholeDigits() -> String? {
        let negative = text.utf8.first == UInt8(ascii: "-")
        var significand: [UInt8] = []
        var fractionDigits = 0
        var inFraction = false
        var exponentText = ""
        for (index, byte) in text.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "."): inFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                exponentText = String(decoding: text.utf8.dropFirst(index + 1), as: UTF8.self)
            case UInt8(ascii: "0")...UInt8(ascii: "9") where exponentText.isEmpty:
                significand.append(byte)
                if inFraction { fractionDigits += 1 }
            default: break
            }
            if !exponentText.isEmpty { break }
        }
        let zero = UInt8(ascii: "0")
        guard significand.contains(where: { $0 != zero }) else { return "0" }
        // An exponent beyond Int, or a shift beyond 20 digits, cannot be a 64-bit whole number.
        guard let exponent = exponentText.isEmpty ? 0 : Int(exponentText) else { return nil }
        let (shift, overflow) = exponent.subtractingReportingOverflow(fractionDigits)
        guard !overflow, shift <= 20 else { return nil }
        if shift >= 0 {
            significand.append(contentsOf: repeatElement(zero, count: shift))
        } else {
            guard shift > -significand.count, significand.suffix(-shift).allSatisfy({ $0 == zero }) else { return nil }
            significand.removeLast(-shift)
        }
        return (negative ? "-" : "") + String(decoding: significand, as: UTF8.self)
    }
}
