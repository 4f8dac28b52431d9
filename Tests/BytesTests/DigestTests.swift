import Bytes
import Testing

@Suite struct DigestTests {
    /// FIPS 180-4's own examples, and the digest of nothing: `printf abc | sha256sum`.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ])
    func isSHA256(_ text: String, _ digits: String) {
        #expect(Digest(of: text).hexadecimal == digits)
        #expect(Digest(hexadecimal: digits) == Digest(of: text))
        #expect(Digest(hexadecimal: digits.uppercased()) == Digest(of: text))
    }

    @Test func piecesMakeTheWhole() {
        var accumulator = Digest.Accumulator()
        #expect(accumulator.digest == Digest(of: ""))
        accumulator.append([0x61])
        accumulator.append([])
        accumulator.append([0x62, 0x63])
        #expect(accumulator.digest == Digest(of: "abc"))
        accumulator.append([0x64])
        #expect(accumulator.digest == Digest(of: "abcd"))
    }

    @Test(arguments: ["", "0", String(repeating: "0", count: 63), String(repeating: "0", count: 66), String(repeating: "g", count: 64)])
    func otherTextIsNoDigest(_ text: String) { #expect(Digest(hexadecimal: text) == nil) }

    @Test func hexadecimalDigitsAreReadBack() {
        #expect(Hexadecimal.encode([0, 9, 10, 255]) == "00090aff")
        #expect(Hexadecimal.decode("00090AfF") == [0, 9, 10, 255])
        #expect(Hexadecimal.decode("0") == nil && Hexadecimal.decode("é0") == nil && Hexadecimal.decode("") == [])
    }
}
