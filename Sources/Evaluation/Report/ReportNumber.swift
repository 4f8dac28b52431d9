/// How numbers are written for people.
enum ReportNumber {
    /// Four significant digits, always with a full stop: `0.01234`, `1.5`, `2.31e-05`.
    static func text(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : "none" }
        // Beyond these the shortest text is short enough, and powers of ten are not exact.
        guard (1e-15...1e18).contains(value.magnitude) else { return "\(value)" }
        var power = 1.0, isFraction = value.magnitude < 1000
        while isFraction ? value.magnitude * power < 999.95 : value.magnitude / power >= 9999.5 { power *= 10 }
        if power == 1 { isFraction = true }
        let rounded = isFraction ? (value * power).rounded() / power : (value / power).rounded() * power
        let text = "\(rounded)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    static func text(_ interval: ClosedRange<Double>) -> String {
        "\(text(interval.lowerBound)) to \(text(interval.upperBound))"
    }

    static func percent(_ share: Double) -> String { text(100 * share) + " %" }
}
