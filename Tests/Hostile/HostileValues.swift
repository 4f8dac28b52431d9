import JSON

/// Values that have broken programs: the ends of integers and of floating point, and what lies beyond them.
public enum HostileValues {
    /// As a text says them: `NaN` and the infinities are Python's words, which some documents may hold.
    public static let texts = [
        "0", "1", "-1", "2", "3", "4", "5", "7", "8", "9", "16", "50", "64", "255", "256", "1000", "1001", "65535", "65536", "65537", "100000",
        "100001", "1000000", "16777216", "67108864", "67108865", "2147483647", "2147483648", "-2147483648", "4294967295", "4294967296",
        "1099511627776", "4611686018427387904", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615",
        "18446744073709551616", "0.5", "-0.0", "0.1", "1.5", "0.999", "-0.5", "1e-6", "1e-30", "5e-324", "1e6", "1e30", "1e38", "1e39", "1e308",
        "-1e308", "1e400", "-1e400", "NaN", "Infinity", "-Infinity", "100", "99", "-50", "10", "1e3", "0.001", "0.02", "20",
    ]

    public static let numbers: [JSONValue] = texts.compactMap { try? JSONReader(.init(allowsNonFinite: true)).read($0) }

    /// Of every kind.
    public static let all: [JSONValue] =
        numbers + [
            .null, true, false, "", "a", "1", "NaN", [], [0], [1, 2], [0, 0, 0, 0], .object([:]), ["a": 1], [[]],
            .array(Array(repeating: 1, count: 300)), .array((0..<40).map { .integer($0) }),
        ]
}
