import JSON
import Testing

@Suite("JSON writer")
struct WriterTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func writesOneLineInTheOrderGiven() {
        let value: JSONValue = ["b": [1, 2.5, true, .null], "a": ["x": "y"], "c": [], "d": [:]]
        #expect(text(value.serialized()) == #"{"b":[1,2.5,true,null],"a":{"x":"y"},"c":[],"d":{}}"#)
        #expect(text(value.serialized(sortedKeys: true)) == #"{"a":{"x":"y"},"b":[1,2.5,true,null],"c":[],"d":{}}"#)
    }

    /// Expected text: `json.dumps(value, indent=2, sort_keys=True)` of CPython 3.
    @Test func indentsAsPythonDoes() {
        let value: JSONValue = ["b": [1, [2]], "a": ["x": "y"], "c": [], "d": [:]]
        let expected = """
            {
              "a": {
                "x": "y"
              },
              "b": [
                1,
                [
                  2
                ]
              ],
              "c": [],
              "d": {}
            }
            """
        #expect(text(JSONWriter(sortedKeys: true, indent: 2).write(value)) == expected)
    }

    @Test func keysAreSortedByCodePoint() {
        // U+FF5E precedes U+1D11E by code point; UTF-16 units would say otherwise, canonical order too.
        let value: JSONValue = ["\u{1D11E}": 1, "\u{FF5E}": 2, "é": 3, "z": 4, "Z": 5]
        #expect(value.object.map { text($0.serialized(sortedKeys: true)) } == "{\"Z\":5,\"z\":4,\"é\":3,\"\u{FF5E}\":2,\"\u{1D11E}\":1}")
    }

    @Test func escapesWhatMustBeAndNothingElse() throws {
        let all = String(String.UnicodeScalarView((0..<0x80).map { Unicode.Scalar(UInt8($0)) })) + "é\u{2028}𝄞"
        let written = JSONValue.string(all).serialized()
        #expect(try JSONReader().read(written).string?.unicodeScalars.elementsEqual(all.unicodeScalars) == true)
        #expect(text(JSONValue.string("\u{0}\u{1F}\u{8}\t\n\u{C}\r\"\\/\u{7F}é").serialized()) == "\"\\u0000\\u001f\\b\\t\\n\\f\\r\\\"\\\\/\u{7F}é\"")
    }

    @Test func doublesRoundTripByTheirShortestText() throws {
        for value in [0.1, -0.0, 1e-5, 1e22, Double.leastNonzeroMagnitude, Double.greatestFiniteMagnitude, 1.0 / 3, 123456789.125] {
            let written = JSONValue.double(value).serialized()
            #expect(try JSONReader().read(written).number?.double?.bitPattern == value.bitPattern)
        }
        #expect(text(JSONValue.double(0.1).serialized()) == "0.1")
    }

    @Test func nonFiniteIsNullUnlessPythonIsMeant() {
        let value = JSONValue.array([.number(JSONNumber(-Double.infinity)), .number(JSONNumber(Double.nan)), 1])
        #expect(text(value.serialized()) == "[null,null,1]")
        #expect(text(JSONWriter(writesNonFinite: true).write(value)) == "[-Infinity,NaN,1]")
        #expect(JSONValue.double(.nan) == .null)
    }
}
