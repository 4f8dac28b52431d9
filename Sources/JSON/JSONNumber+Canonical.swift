extension JSONNumber {
    /// The same text for every way to write one value: `1` for `1`, `1.0` and `10e-1`, to the last digit and without
    /// rounding.
    ///
    /// Digits without an exponent where at most 20 of them stand before the point and zeros behind it, as most people
    /// write them; beyond that significand and exponent. An exponent that fits no integer is left as it is written.
    public var canonicalText: String {
        guard isFinite else { return text }
        let parts = text.lowercased().split(separator: "e")
        let mantissa = parts[0].drop { $0 == "-" }.split(separator: ".")
        let fraction = mantissa.count > 1 ? mantissa[1] : ""
        var digits = Array((mantissa[0] + fraction).utf8).drop { $0 == UInt8(ascii: "0") }
        guard !digits.isEmpty else { return "0" }
        guard let written = parts.count > 1 ? Int(parts[1]) : 0, written.magnitude < UInt(Int.max) / 2
        else { return text }
        var exponent = written - fraction.utf8.count
        while digits.last == UInt8(ascii: "0") {
            digits.removeLast()
            exponent += 1
        }
        let sign = text.utf8.first == UInt8(ascii: "-") ? "-" : ""
        return sign + Self.plain(String(decoding: digits, as: UTF8.self), exponent)
    }

    /// `digits` times ten to the power of `exponent`; the digits neither begin nor end with a zero.
    private static func plain(_ digits: String, _ exponent: Int) -> String {
        let whole = digits.utf8.count + exponent
        if exponent >= 0, whole <= 20 { return digits + String(repeating: "0", count: exponent) }
        if whole > 0, whole <= 20, exponent < 0 { return "\(digits.dropLast(-exponent)).\(digits.suffix(-exponent))" }
        if whole <= 0, whole > -20 { return "0." + String(repeating: "0", count: -whole) + digits }
        return "\(digits)e\(exponent)"
    }
}
