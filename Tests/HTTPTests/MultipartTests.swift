import HTTP
import Testing

/// `multipart/form-data` as curl, browsers and attackers send it.
@Suite struct MultipartTests {
    private static func form(_ body: String, boundary: String = "X", limits: MultipartForm.Limits = .init()) throws -> [MultipartForm.Part] {
        try MultipartForm(Array(body.utf8), boundary: boundary, limits: limits).parts
    }

    private static let field = "Content-Disposition: form-data; name=\"a\"\r\n\r\n"

    @Test func whatCurlSends() throws {
        let body = "--------------------------b1\r\nContent-Disposition: form-data; name=\"request\"\r\n\r\n{\"steps\":4}\r\n"
            + "--------------------------b1\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a \\\"b\\\".png\"\r\n"
            + "Content-Type: image/png\r\n\r\n\u{1}\r\n--------------------------b\r\n\r\n--------------------------b1--\r\n"
        let parts = try Self.form(body, boundary: "------------------------b1")
        #expect(parts.map(\.name) == ["request", "image"])
        #expect(parts[0].body == Array("{\"steps\":4}".utf8))
        #expect((parts[0].filename, parts[0].contentType) == (nil, nil))
        #expect(parts[1].filename == "a \"b\".png")
        #expect(parts[1].contentType == "image/png")
        #expect(parts[1].body == Array("\u{1}\r\n--------------------------b\r\n".utf8), "what only begins like a delimiter is content")
    }

    @Test(arguments: [
        ("--X\r\n\(field)b\r\n--X--", ["b"]), ("preamble\r\n--X\r\n\(field)b\r\n--X--\r\nepilogue\r\n--X\r\n", ["b"]),
        ("--X \t\r\n\(field)b\r\n--X--", ["b"]), ("--X\r\n\(field)--X--", [""]), ("--X\r\n\(field)\r\n--X--", [""]),
        ("--X\r\n\(field)\r\r\n--X--", ["\r"]), ("--X\r\n\(field)\r\n\r\n--X--", ["\r\n"]), ("--X\r\n\(field)b\r\n--X\r\n\(field)c\r\n--X--", ["b", "c"]),
        ("--X\r\ncontent-disposition:FORM-DATA ;name=a\r\nX-More:\r\n\r\nb\r\n--X--", ["b"]), ("--X--", []),
        ("--X\r\nContent-Transfer-Encoding: Binary\r\n\(field)b\r\n--X--", ["b"]), ("--X\r\n\(field)b--X\r\n--X--", ["b--X"]),
    ] as [(String, [String])])
    func forms(_ body: String, _ contents: [String]) throws {
        #expect(try Self.form(body).map { String(decoding: $0.body, as: UTF8.self) } == contents)
    }

    @Test(arguments: [
        "", "--", "--Y\r\n\(field)b\r\n--Y--", "--X", "--X\r\n", "--X\r\n\(field)", "--X\r\n\(field)b", "--X\r\n\(field)b\r\n--X", "--X\n\(field)b\r\n--X--",
        "--Xa\r\n\(field)b\r\n--X--", "--X\r\n\(field)b\r\n--X-", "--X\r\n\r\nb\r\n--X--", "--X\r\nContent-Type: a/b\r\n\r\nb\r\n--X--",
        "--X\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nb\r\n--X--", "--X\r\nContent-Disposition: form-data\r\n\r\nb\r\n--X--",
        "--X\r\nContent-Disposition: form-data; name=\"a\r\n\r\nb\r\n--X--", "--X\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\nb\r\n--X--",
        "--X\r\n\(field.dropLast(2))\(field)b\r\n--X--", "--X\r\nContent-Transfer-Encoding: base64\r\n\(field)b\r\n--X--",
        "--X\r\nno colon\r\n\(field)b\r\n--X--", "--X\r\n a: b\r\n\(field)b\r\n--X--", "--X\r\na\rb: c\r\n\(field)b\r\n--X--", "--X\r\na: \u{0}\r\n\(field)b\r\n--X--",
    ])
    func whatIsNoFormIsRefused(_ body: String) {
        #expect(throws: MultipartForm.Violation.self) { try Self.form(body) }
    }

    @Test func theLimitsHold() throws {
        let part = "--X\r\n\(Self.field)b\r\n"
        #expect(try Self.form(String(repeating: part, count: 64) + "--X--").count == 64)
        #expect(throws: MultipartForm.Violation.self) { try Self.form(String(repeating: part, count: 65) + "--X--") }
        let header = Self.field.utf8.count
        let body = "--X\r\n\(Self.field)b\r\n--X--"
        #expect(try Self.form(body, limits: .init(headerBytes: header)).count == 1)
        for fewer in 0..<header {
            #expect(throws: MultipartForm.Violation.self) { try Self.form(body, limits: .init(headerBytes: fewer)) }
        }
    }

    @Test(arguments: [("", false), ("a", true), ("a ", false), (" a", true), (String(repeating: "a", count: 70), true), (String(repeating: "a", count: 71), false), ("a\"", false), ("ä", false), ("a;", false)])
    func boundaries(_ boundary: String, _ isOne: Bool) {
        let body = Array("--\(boundary)--".utf8)
        #expect(((try? MultipartForm(body, boundary: boundary)) != nil) == isOne)
    }

    /// Contents of every kind come back as they were put in, and no mutant traps.
    @Test(arguments: 0..<8 as Range<UInt64>) func contentsSurviveAndMutantsEnd(_ share: UInt64) throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let contents = (0..<Int.random(in: 1...4)).map { _ in
                (0..<Int.random(in: 0...40)).map { _ in [0x0D, 0x0A, 0x2D, 0x58, UInt8.random(in: 0...255)].randomElement(using: &random) ?? 0 }
            }
            // A boundary that no content can hold.
            let boundary = "boundary-\(UInt64.random(in: 0...UInt64.max))"
            var body: [UInt8] = []
            for content in contents { body += Array("--\(boundary)\r\n\(Self.field)".utf8) + content + [0x0D, 0x0A] }
            body += Array("--\(boundary)--\r\n".utf8)
            #expect(try MultipartForm(body, boundary: boundary).parts.map(\.body) == contents)
            for _ in 0..<20 {
                var mutant = body
                switch Int.random(in: 0..<3) {
                case 0: mutant.removeLast(Int.random(in: 0...mutant.count))
                case 1: mutant[Int.random(in: mutant.indices)] = [0x0D, 0x0A, 0x2D, 0x22, 0x3B, 0, 0xFF].randomElement(using: &random) ?? 0
                default: mutant.remove(at: Int.random(in: mutant.indices))
                }
                _ = try? MultipartForm(mutant, boundary: boundary)
            }
        }
    }
}
