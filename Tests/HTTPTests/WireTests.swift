import HTTP
import Testing

@Suite struct WireTests {
    /// Sends the wire text in pieces of `step` bytes and reads the answers.
    static func replies(_ wire: String, step: Int? = nil, configuration: ServerConfiguration = ServerConfiguration()) throws
        -> (replies: [Reply], closes: Bool)
    {
        var dialogue = Dialogue(configuration: configuration)
        // Scalars up to U+00FF stand for bytes.
        let bytes = wire.unicodeScalars.flatMap { $0.value < 256 ? [UInt8($0.value)] : Array(String($0).utf8) }
        for start in stride(from: 0, to: bytes.count, by: step ?? bytes.count) {
            dialogue.send(bytes[start..<min(bytes.count, start + (step ?? bytes.count))])
        }
        return (try Reply.all(dialogue.written), dialogue.isEnding)
    }

    private func check(_ wireCase: WireCase) throws {
        for step in [nil, 1, 7] {
            let (replies, closes) = try WireTests.replies(wireCase.wire, step: step)
            #expect(replies.map(\.status) == wireCase.statuses, "in pieces of \(step ?? 0)")
            #expect(closes == wireCase.closes)
            for reply in replies where reply.status >= 400 {
                #expect(reply["content-type"] == "application/problem+json")
                #expect(reply.text.contains("\"status\":\(reply.status),"))
            }
            if closes { #expect(replies.last?["connection"] == "close") }
        }
    }

    @Test(arguments: requestLineCases) func requestLine(_ wireCase: WireCase) throws { try check(wireCase) }
    @Test(arguments: hostCases) func hostAndTarget(_ wireCase: WireCase) throws { try check(wireCase) }
    @Test(arguments: fieldCases) func fields(_ wireCase: WireCase) throws { try check(wireCase) }
    @Test(arguments: framingCases) func framing(_ wireCase: WireCase) throws { try check(wireCase) }

    @Test(arguments: [0, 1]) func methodLength(excess: Int) throws {
        let wire = String(repeating: "A", count: 32 + excess) + " / HTTP/1.1\r\nHost: a\r\n\r\n"
        #expect(try WireTests.replies(wire).replies.map(\.status) == [excess == 0 ? 501 : 400])
    }

    @Test func methodWithoutEndIsRefusedAtOnce() throws {
        #expect(try WireTests.replies(String(repeating: "A", count: 33)).replies.map(\.status) == [400])
    }

    @Test(arguments: [0, 1]) func targetLength(excess: Int) throws {
        let wire = "GET /" + String(repeating: "a", count: 8_191 + excess) + " HTTP/1.1\r\nHost: a\r\n\r\n"
        #expect(try WireTests.replies(wire).replies.map(\.status) == [excess == 0 ? 200 : 414])
    }

    @Test func targetWithoutEnd() throws {
        #expect(try WireTests.replies("GET /" + String(repeating: "a", count: 9_000)).replies.map(\.status) == [414])
    }

    @Test(arguments: [0, 1]) func headerBytes(excess: Int) throws {
        let fixed = "Host: a\r\nX: \r\n".utf8.count
        let count = ServerConfiguration.Limits().headerBytes - fixed + excess
        let wire = "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "a", count: count) + "\r\n\r\n"
        #expect(try WireTests.replies(wire).replies.map(\.status) == [excess == 0 ? 200 : 431])
    }

    @Test(arguments: [0, 1]) func headerCount(excess: Int) throws {
        let wire = "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 99 + excess) + "\r\n"
        #expect(try WireTests.replies(wire).replies.map(\.status) == [excess == 0 ? 200 : 431])
    }

    @Test(arguments: [0, 1]) func trailerCount(excess: Int) throws {
        let wire = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + String(repeating: "X: y\r\n", count: 100 + excess) + "\r\n"
        #expect(try WireTests.replies(wire).replies.map(\.status) == [excess == 0 ? 200 : 431])
    }

    @Test func trailerBytes() throws {
        let wire = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: "
            + String(repeating: "y", count: ServerConfiguration.Limits().headerBytes)
        #expect(try WireTests.replies(wire).replies.map(\.status) == [431])
    }

    @Test(arguments: [0, 1]) func bodyBytes(excess: Int) throws {
        var configuration = ServerConfiguration()
        configuration.limits.bodyBytes = 8
        let body = String(repeating: "b", count: 8 + excess)
        let plain = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(8 + excess)\r\n\r\n" + body
        #expect(try WireTests.replies(plain, configuration: configuration).replies.map(\.status) == [excess == 0 ? 200 : 413])
        let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbbbb\r\n\(4 + excess)\r\n" + body.dropFirst(4) + "\r\n0\r\n\r\n"
        #expect(try WireTests.replies(chunked, configuration: configuration).replies.map(\.status) == [excess == 0 ? 200 : 413])
    }

    @Test func chunkExtensionsMayBeLongButNotEndless() throws {
        let start = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        let long = "1;" + String(repeating: "A", count: 10_000) + "=bar\r\nx\r\n"
        #expect(try WireTests.replies(start + long + long + long + "0\r\n\r\n").replies.map(\.status) == [200])
        #expect(try WireTests.replies(start + "1;" + String(repeating: "A", count: 17_000)).replies.map(\.status) == [400])
        #expect(try WireTests.replies(start + String(repeating: long, count: 7)).replies.map(\.status) == [400])
    }

    @Test func tinyChunksAreCounted() throws {
        let start = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        let few = String(repeating: "1\r\nx\r\n", count: 4_000)
        #expect(try WireTests.replies(start + few + "0\r\n\r\n").replies.map(\.status) == [200])
        let many = String(repeating: "1\r\nx\r\n", count: 5_000)
        #expect(try WireTests.replies(start + many + "0\r\n\r\n").replies.map(\.status) == [400])
    }
}
