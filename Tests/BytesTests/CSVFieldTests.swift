import Bytes
import Testing

@Suite struct CSVFieldTests {
    /// Python: `csv.writer(f, lineterminator="").writerow([text])`, but for the space in front, which readers take away.
    @Test(arguments: [
        ("a/b.png", "a/b.png"), ("", ""), ("PA, \"normal\"", "\"PA, \"\"normal\"\"\""), ("a\nb", "\"a\nb\""), ("a\r\nb", "\"a\r\nb\""),
        ("a b", "a b"), (" a", "\" a\""), ("\"", "\"\"\"\""), ("Größe", "Größe"),
    ])
    func areQuotedWhereTheyNeedIt(_ text: String, _ field: String) {
        #expect(Array(CSVField.text(text).utf8) == Array(field.utf8))
    }

    /// With an accent behind it a comma or a quote is another character to Swift, and the same byte to who reads the table.
    @Test func accentsDoNotHideCommasAndQuotes() {
        #expect(Array(CSVField.text("a,\u{301}b").utf8) == Array("\"a,\u{301}b\"".utf8))
        let quote = Array(CSVField.text("a\"\u{301}b").utf8)
        #expect(quote == Array("\"a\"".utf8) + Array("\"\u{301}b\"".utf8))
        #expect(Array(CSVField.text("\u{301}\"").utf8) == [0x22] + Array("\u{301}".utf8) + [0x22, 0x22, 0x22])
    }

    @Test func quotesAreAlwaysThereWhereAskedFor() {
        #expect(CSVField.quoted("a") == "\"a\"" && CSVField.quoted("") == "\"\"" && CSVField.quoted("a\"b") == "\"a\"\"b\"")
    }
}
