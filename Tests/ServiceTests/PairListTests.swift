import Service
import Testing

/// Lists of pairs, as `Prefer` and `Forwarded` have them.
@Suite struct PairListTests {
    private func read(_ lines: String...) -> [[String]] { PairList(lines).elements.map { $0.map { "\($0.name)=\($0.value)" } } }

    @Test func elementsPairsAndQuotationMarks() {
        #expect(read("a=1; B = 2 ,c") == [["a=1", "b=2"], ["c="]])
        #expect(read(#"for="[2001:db8::1]:80";host=a.example:8080;proto=https, for=_x"#) == [["for=[2001:db8::1]:80", "host=a.example:8080", "proto=https"], ["for=_x"]])
        #expect(read(#"a="b, c; d=\"e\" \\f""#, "g") == [[#"a=b, c; d="e" \f"#], ["g="]])
        #expect(read("a=\"\"; b=", "", " , ;, \t") == [["a=", "b="]])
    }

    /// What is no element is left out, and the others stay.
    @Test func brokenElementsAreLeftOut() {
        #expect(read("(a), b=1") == [["b=1"]])
        #expect(read("a b, c") == [["c="]])
        #expect(read(#"a="1"2, c"#) == [["c="]])
        #expect(read(#"a, b="1, c"#, "d") == [["a="], ["d="]])
        #expect(read(#"a, ("x, y"), b"#) == [["a="], ["b="]])
        #expect(read(#"a="\"#, "=1", "é=1", "ok=é") == [["ok=é"]])
    }
}
