import Foundation
import JSON
import Testing

@Suite("JSON reader")
struct ReaderTests {
    let reader = JSONReader()

    private func error(_ text: String, _ reader: JSONReader = JSONReader()) -> JSONSyntaxError? {
        error(Array(text.utf8), reader)
    }

    private func error(_ bytes: [UInt8], _ reader: JSONReader = JSONReader()) -> JSONSyntaxError? {
        do throws(JSONSyntaxError) {
            _ = try reader.read(bytes)
            return nil
        } catch { return error }
    }

    @Test func readsEveryKindOfValue() throws {
        let value = try reader.read(#" {"a": [1, -2.5e3, true, false, null], "b": "x\n\u00e9\ud834\udd1e/\/", "": {}} "#)
        #expect(value.object?.keys == ["a", "b", ""])
        #expect(value["a"]?.array?.map(\.summary) == ["number 1", "number -2.5e3", "true", "false", "null"])
        #expect(value["b"] == "x\né\u{1D11E}//")
        #expect(value[""] == .object(JSONObject()))
    }

    @Test func packedCorpusIsJudgedRight() throws { try judge(Corpus.packed()) }

    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: Corpus.sharedCases.path), "needs JSONTestSuite in ../shared"))
    func sharedCorpusIsJudgedRight() throws { try judge(Corpus.folder(Corpus.sharedCases)) }

    private func judge(_ corpus: Corpus) throws {
        let lenient = JSONReader(.init(allowsDuplicateKeys: true))
        let valid = corpus.judged("y_", lenient)
        #expect(valid.all.count == 95 && Set(valid.all).subtracting(valid.accepted).isEmpty)
        let invalid = corpus.judged("n_", lenient)
        #expect(invalid.all.count == 188 && invalid.accepted.isEmpty)
        // Grammar leaves repeated keys open; by default the reader does not.
        let strict = corpus.judged("y_", reader)
        #expect(
            Set(strict.all).subtracting(strict.accepted)
                == ["y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"])
        // Left open: numbers of any size keep their text; no lone surrogates, no other encodings, no mark.
        #expect(corpus.judged("i_", reader).accepted.allSatisfy { $0.hasPrefix("i_number_") })
        #expect(corpus.judged("i_", reader).accepted.count == 10)
    }

    @Test func depthIsLimitedBeforeTheStackIs() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(error(nested(64)) == nil)
        #expect(error(nested(65))?.reason == "nested deeper than 64")
        #expect(error(nested(65))?.offset == 64)
        #expect(error(String(repeating: "[", count: 100_000))?.reason == "nested deeper than 64")
        let greedy = JSONReader(.init(maximumDepth: .max))
        #expect(error(nested(512), greedy) == nil)
        #expect(error(String(repeating: "{\"a\":", count: 100_000), greedy)?.reason == "nested deeper than 512")
    }

    @Test func numberOfValuesIsLimited() {
        let reader = JSONReader(.init(maximumValues: 4))
        #expect(error("[1,2,3]", reader) == nil)
        #expect(error("[1,2,3,4]", reader)?.reason == "more than 4 values")
    }

    @Test func duplicateKeysAreComparedByTheirBytes() {
        #expect(error(#"{"a":1,"b":2,"\u0061":3}"#)?.reason == #"duplicate key "a""#)
        #expect(error(#"{"a":1,"b":2,"\u0061":3}"#)?.offset == 13)
        // One letter, two spellings: different keys, although Swift takes the strings as equal.
        #expect(error(#"{"\u00e9":1,"e\u0301":2}"#) == nil)
    }

    @Test func nonFiniteWordsNeedTheOption() throws {
        let python = JSONReader(.init(allowsNonFinite: true))
        let value = try python.read("[NaN, Infinity, -Infinity, -1]")
        let numbers = (value.array ?? []).compactMap(\.number)
        #expect(numbers.map(\.text) == ["NaN", "Infinity", "-Infinity", "-1"])
        #expect(numbers[0].double?.isNaN == true && numbers[1].double == .infinity && numbers[2].double == -.infinity)
        #expect(numbers.map(\.isFinite) == [false, false, false, true])
        for text in ["NaN", "Infinity", "-Infinity"] { #expect(error(text) != nil) }
        for text in ["-NaN", "nan", "inf", "Inf", "+Infinity", "NaNN", "Infinit", "- Infinity"] {
            #expect(error(text, python) != nil, "\(text)")
        }
    }

    @Test(arguments: [
        ("", 0, 1, 1, "expected a value, got the end"),
        ("[1,\n 2,]", 7, 2, 4, "expected a value, got ']'"),
        ("{\"a\" 1}", 5, 1, 6, "expected : after a key, got '1'"),
        ("[1 2]", 3, 1, 4, "expected , or ] in an array, got '2'"),
        ("{\"a\":1 \"b\":2}", 7, 1, 8, "expected , or } in an object, got '\"'"),
        ("{a:1}", 1, 1, 2, "expected a key in quotation marks, got 'a'"),
        ("01", 0, 1, 1, "a number may not begin with 0"),
        ("1.", 2, 1, 3, "expected a digit after the decimal point, got the end"),
        ("1e+x", 3, 1, 4, "expected a digit of an exponent, got 'x'"),
        ("-", 1, 1, 2, "expected a digit of a number, got the end"),
        ("1 x", 2, 1, 3, "expected the end after the value, got 'x'"),
        ("\"ab", 0, 1, 1, "a string is not closed"),
        ("\"a\tb\"", 2, 1, 3, "byte 0x09 in a string must be escaped"),
        ("\"\\x\"", 1, 1, 2, "unknown escape \\'x'"),
        ("\"\\u12g4\"", 5, 1, 6, "expected four hexadecimal digits after \\u, got 'g'"),
        ("\"\\ud800\"", 1, 1, 2, "a surrogate escape without its other half"),
        ("\"\\udc00\\ud800\"", 1, 1, 2, "a surrogate escape without its other half"),
        ("\u{FEFF}1", 0, 1, 1, "a byte order mark is not allowed"),
    ])
    func faultsSayWhereAndWhat(_ text: String, _ offset: Int, _ line: Int, _ column: Int, _ reason: String) throws {
        let fault = try #require(error(text))
        #expect(fault.reason == reason)
        #expect(fault.offset == offset && fault.line == line && fault.column == column)
        #expect(fault.description == "\(reason) (byte \(offset), line \(line), column \(column))")
    }

    /// The standard library's decoder is the oracle for every two-byte sequence and for the edges of longer ones.
    @Test func stringsAreExactlyWellFormedUTF8() {
        var disagreements: [[UInt8]] = []
        func compare(_ sequence: [UInt8]) {
            let quoted = [UInt8(ascii: "\"")] + sequence + [UInt8(ascii: "\"")]
            let accepted = error(quoted) == nil
            if accepted != (String(validating: sequence, as: UTF8.self) != nil) { disagreements.append(sequence) }
        }
        for first in UInt8(0x80)...0xFF {
            compare([first])
            for second in UInt8(0x80)...0xFF {
                compare([first, second])
                for third: UInt8 in [0x41, 0x7F, 0x80, 0xBF, 0xC0] {
                    compare([first, second, third])
                    for fourth: UInt8 in [0x7F, 0x80, 0xBF, 0xC0] where first >= 0xF0 {
                        compare([first, second, third, fourth])
                    }
                }
            }
        }
        #expect(disagreements == [])
    }

    /// Cutting a text anywhere leaves an error, never a trap or a value.
    @Test func everyTruncationIsRefused() {
        let text = Array(#"{"a":[1.5e-3,"\u00e9\ud834\udd1eé𝄞",true,null],"b":{"c":-0}}"#.utf8)
        for length in 0..<text.count { #expect(error(Array(text.prefix(length))) != nil) }
        #expect(error(text) == nil)
    }
}
