import HTTP
import Testing

@Suite struct SplitTests {
    static let wires = [
        "GET /a?b=c HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\n\r\n",
        "\r\nPOST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\nhello worldGET / HTTP/1.1\r\nHost: b\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"b;\\\"c\"\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\nX: y\r\n\r\n",
        "HEAD http://a:80/p HTTP/1.0\r\nConnection: keep-alive\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
    ]

    /// The parser's events, pieces of bodies joined.
    static func events(_ pieces: [ArraySlice<UInt8>]) -> [RequestParser.Event] {
        var parser = RequestParser(limits: ServerConfiguration.Limits())
        var events: [RequestParser.Event] = []
        for piece in pieces {
            var input = piece
            while let event = parser.next(&input) {
                if case .body(let more) = event, case .body(let before)? = events.last {
                    events[events.count - 1] = .body(before + more)
                } else {
                    events.append(event)
                }
            }
        }
        return events
    }

    @Test(arguments: wires) func everySplitGivesTheSame(_ wire: String) {
        let bytes = Array(wire.utf8)
        let whole = SplitTests.events([bytes[...]])
        #expect(whole.count >= 1)
        for first in 0...bytes.count {
            #expect(SplitTests.events([bytes[..<first], bytes[first...]]) == whole)
        }
        #expect(SplitTests.events(bytes.indices.map { bytes[$0...$0] }) == whole)
    }

    @Test func everyPairOfSplitsGivesTheSame() {
        let bytes = Array(SplitTests.wires[2].utf8)
        let whole = SplitTests.events([bytes[...]])
        for first in 0...bytes.count {
            for second in first...bytes.count {
                #expect(SplitTests.events([bytes[..<first], bytes[first..<second], bytes[second...]]) == whole)
            }
        }
    }

    @Test func whatIsReadIsWhatWasSent() throws {
        let events = SplitTests.events([Array(SplitTests.wires[2].utf8)[...]])
        guard case .head(let head)? = events.first else { throw Reply.Malformed.head("\(events)") }
        #expect(head.method == .post && head.framing == .chunked && head.version == .http11 && head.fields.count == 2)
        #expect(events.dropFirst() == [.body(Array("hello0123456789abcdef".utf8)[...]), .end])
    }
}
