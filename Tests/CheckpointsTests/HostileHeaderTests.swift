import Checkpoints
import Testing

@Suite("Hostile safetensors headers")
struct HostileHeaderTests {
    @Test func theHandMadeFilesAreRightToBeginWith() throws {
        let header = #"{"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"y":{"dtype":"U8","shape":[],"data_offsets":[8,9]},"z":{"dtype":"F16","shape":[0,7],"data_offsets":[8,8]}}   "#
        let parsed = try SafetensorsHeader(fileBytes: HandMade.file(header, data: 9))
        #expect(parsed.tensors.map(\.name) == ["x", "z", "y"])
        #expect(parsed.tensors.map(\.shape) == [[2, 1], [0, 7], []])
        #expect(parsed.tensors.map(\.bytes.count) == [8, 0, 1])
        #expect(parsed.metadata == ["a": "b"])
        #expect(parsed.dataStart == 8 + header.utf8.count)
        #expect(HandMade.complaint(HandMade.file("{}")) == nil)
        // Four bits times three is no whole number of bytes; times four is.
        #expect(HandMade.complaint(HandMade.file(#"{"x":{"dtype":"F4","shape":[4],"data_offsets":[0,2]}}"#, data: 2)) == nil)
    }

    @Test(arguments: [
        ([], "header length", "8 bytes", "0"),
        ([1, 0, 0], "header length", "8 bytes", "3"),
        (HandMade.file("{}", length: 3), "header length", "at most 2 (the file has 10 bytes)", "3"),
        (HandMade.file("{}", length: 100_000_001), "header length", "at most 2 (the file has 10 bytes)", "100000001"),
        (HandMade.file("{}", length: .max), "header length", "at most 2 (the file has 10 bytes)", "18446744073709551615"),
        (HandMade.file("{}", length: 1 << 63), "header length", "at most 2 (the file has 10 bytes)", "9223372036854775808"),
        (HandMade.file("", length: 0), "header", "{ as its first byte", "an empty header"),
        (HandMade.file(" {}"), "header", "{ as its first byte", "byte 32"),
        (HandMade.file("[]"), "header", "{ as its first byte", "byte 91"),
        (HandMade.file("{},"), "header", "JSON", "expected the end after the value, got ',' (byte 2, line 1, column 3)"),
        (HandMade.file("{}\0"), "header", "JSON", "expected the end after the value, got byte 0x00 (byte 2, line 1, column 3)"),
    ] as [([UInt8], String, String, String)])
    func framesAreChecked(_ bytes: [UInt8], _ item: String, _ expected: String, _ got: String) {
        #expect(HandMade.complaint(bytes) == CheckpointError(path: "", item: item, expected: expected, got: got))
    }

    /// Each header once, in a file of 8 data bytes; the complaint must name the place and the reason.
    @Test(arguments: [
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "header", #"duplicate key "x""#),
        (#"{"x":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "header", #"duplicate key "dtype""#),
        (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[3,7]}}"#, "y", "3: an overlap"),
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "y", "0: an overlap"),
        (#"{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, "y", "4: a hole"),
        (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, "x", "4: a hole"),
        (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, "file size", "trailing bytes"),
        (#"{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#, "file size", "truncated"),
        (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}"#, "/x/data_offsets", "8 bytes"),
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, "/x/data_offsets", "[8, 0]"),
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#, "/x/data_offsets", "an array of 1"),
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}"#, "/x/data_offsets", "an array of 3"),
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[9223372036854775800,9223372036854775807]}}"#, "/x/data_offsets", "[9223372036854775800, 9223372036854775807]"),
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,18446744073709551615]}}"#, "/x/data_offsets/1", "number 18446744073709551615"),
        (#"{"x":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}"#, "/x/shape", "[4294967296, 4294967296]"),
        (#"{"x":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}"#, "/x/shape", "[4294967296, 4294967296, 0]"),
        (#"{"x":{"dtype":"F32","shape":[0,4611686018427387904,4611686018427387904],"data_offsets":[0,0]}}"#, "/x/shape", "[0, 4611686018427387904, 4611686018427387904]"),
        (#"{"x":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,8]}}"#, "/x/data_offsets", "8 bytes"),
        (#"{"x":{"dtype":"F32","shape":[2305843009213693954],"data_offsets":[0,8]}}"#, "/x/data_offsets", "8 bytes"),
        (#"{"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, "/x/shape/0", "number -2"),
        (#"{"x":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}"#, "/x/shape/0", "number 2.0"),
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8e0]}}"#, "/x/data_offsets/1", "number 8e0"),
        (#"{"x":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}"#, "/x/shape", "number 2"),
        (#"{"x":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}}"#, "header", "nested deeper than 3"),
        (#"{"x":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}"#, "/x/shape/0", "string \"2\""),
        (#"{"x":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}"#, "/x/dtype", "string \"F33\""),
        (#"{"x":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}}"#, "/x/dtype", "string \"f32\""),
        (#"{"x":{"dtype":32,"shape":[2],"data_offsets":[0,8]}}"#, "/x/dtype", "number 32"),
        (#"{"x":{"dtype":"F4","shape":[3],"data_offsets":[0,1]},"y":{"dtype":"U8","shape":[7],"data_offsets":[1,8]}}"#, "/x/data_offsets", "1 bytes"),
        (#"{"x":{"shape":[2],"data_offsets":[0,8]}}"#, "/x/dtype", "nothing"),
        (#"{"x":{"dtype":"F32","data_offsets":[0,8]}}"#, "/x/shape", "nothing"),
        (#"{"x":{"dtype":"F32","shape":[2]}}"#, "/x/data_offsets", "nothing"),
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"strides":[1]}}"#, "/x/strides", "an unknown field"),
        (#"{"x":[]}"#, "/x", "an array of 0"),
        (#"{"a/b":1}"#, "/a~1b", "number 1"),
        (#"{"__metadata__":{"a":1}}"#, "/__metadata__/a", "number 1"),
        (#"{"__metadata__":{"a":null}}"#, "/__metadata__/a", "null"),
        (#"{"__metadata__":"a"}"#, "/__metadata__", "string \"a\""),
        (#"{"__metadata__":null}"#, "/__metadata__", "null"),
        (#"{"x":NaN}"#, "header", "got 'N'"),
        ("{\"\u{7F}\":{}", "header", "got the end"),
        ("{}", "file size", "8"),
    ])
    func claimsAreChecked(_ header: String, _ item: String, _ got: String) throws {
        let complaint = try #require(HandMade.complaint(HandMade.file(header, data: 8)))
        #expect(complaint.item == item)
        #expect(complaint.got.contains(got), "\(complaint)")
    }

    /// Brackets by the hundred thousand end in an error, not on the stack.
    @Test func hostileNestingIsRefused() {
        let header = "{\"x\":" + String(repeating: "[", count: 100_000)
        #expect(HandMade.complaint(HandMade.file(header))?.got.hasPrefix("nested deeper than 3") == true)
    }
}
