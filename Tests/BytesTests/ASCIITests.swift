import Bytes
import Testing

/// Letters and digits of ASCII among all bytes.
@Suite struct ASCIITests {
    @Test func digitsAndLettersAreThoseOfTheirRanges() {
        let digits = Array("0123456789".utf8)
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        for byte in UInt8.min ... .max {
            #expect(byte.isASCIIDigit == digits.contains(byte), "\(byte)")
            #expect(byte.isASCIIAlphanumeric == (digits + letters).contains(byte), "\(byte)")
        }
    }
}
