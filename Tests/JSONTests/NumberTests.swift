import JSON
import Testing

@Suite("JSON numbers")
struct NumberTests {
    private func number(_ text: String) throws -> JSONNumber { try #require(try JSONReader().read(text).number) }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("42", 42), ("-7", -7), ("1.0", 1), ("1e3", 1000), ("1.5e1", 15), ("-120e-1", -12),
        ("0.000", 0), ("0e999999999999999999999", 0), ("9223372036854775807", Int64.max),
        ("-9223372036854775808", Int64.min), ("9.223372036854775807e18", Int64.max), ("100e-00002", 1), ("1E+2", 100),
    ] as [(String, Int64)])
    func wholeNumbersAreExact(_ text: String, _ value: Int64) throws {
        let number = try number(text)
        #expect(number.int64 == value)
        #expect(number.int == Int(value))
        #expect(number.uint64 == UInt64(exactly: value))
        #expect(number.text == text)
    }

    @Test(arguments: [
        "0.5", "1e-1", "10.01", "9223372036854775808e0", "9223372036854775808", "-9223372036854775809", "1e19", "1e400",
        "1e99999999999999999999", "1e-99999999999999999999", "123e-4", "-1e30",
    ])
    func otherNumbersAreNoInt64(_ text: String) throws { #expect(try number(text).int64 == nil) }

    @Test(arguments: [
        ("1", ["1", "1.0", "10e-1", "0.1e1", "1E+0", "1.000e-0"]), ("0", ["0", "-0", "0.0", "0e99", "-0.00E-5"]), ("-120", ["-120", "-1.2e2", "-120.0"]),
        ("0.16", ["0.16", "16e-2", "0.160"]), ("0.00001", ["1e-5", "0.00001"]), ("18446744073709551615", ["18446744073709551615", "1844674407370955161.5e1"]),
        ("1.5", ["1.5", "15E-1"]), ("1e400", ["1e400", "10e399", "0.1e401"]), ("15e-42", ["1.5e-41", "15e-42"]),
    ])
    func oneValueHasOneCanonicalText(_ canonical: String, _ spellings: [String]) throws {
        for text in spellings { #expect(try number(text).canonicalText == canonical, "\(text)") }
    }

    @Test func differentValuesHaveDifferentCanonicalTexts() throws {
        let texts = ["1", "-1", "10", "0.1", "1.0000000000000000000001", "18446744073709551615", "18446744073709551614", "1e400", "1e401", "0", "1e-400"]
        #expect(Set(try texts.map { try number($0).canonicalText }).count == texts.count)
        // Beyond what an integer counts the exponent stays as it stands, and costs nothing.
        #expect(try number("1e99999999999999999999").canonicalText == "1e99999999999999999999")
        #expect(try number("1e9223372036854775807").canonicalText == "1e9223372036854775807")
    }

    @Test func unsignedReachesItsOwnEnd() throws {
        #expect(try number("18446744073709551615").uint64 == UInt64.max)
        #expect(try number("18446744073709551616").uint64 == nil)
        #expect(try number("-1").uint64 == nil)
        #expect(try number("-1.0").uint64 == nil)
    }

    @Test func doublesThatDoNotFitAreNil() throws {
        #expect(try number("0.1").double == 0.1)
        #expect(try number("-0.0").double?.sign == .minus)
        #expect(try number("1e308").double == 1e308)
        #expect(try number("1e309").double == nil)
        #expect(try number("-1e309").double == nil)
        #expect(try number("1e-400").double == 0)
        #expect(try number("5e-324").double == Double.leastNonzeroMagnitude)
    }

    @Test func integerLiteralsAreDigitsOnly() throws {
        #expect(try number("-10").isIntegerLiteral)
        for text in ["1.0", "1e2", "1E2"] { #expect(try number(text).isIntegerLiteral == false) }
        #expect(JSONNumber(Double.infinity).isIntegerLiteral == false)
    }
}
