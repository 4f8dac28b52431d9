import HTTP
import Testing

/// `Expect: 100-continue` (RFC 9110 section 10.1.1).
@Suite struct ExpectationTests {
    @Test func continueComesBeforeTheBody() throws {
        var dialogue = Dialogue()
        dialogue.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n")
        #expect(dialogue.written == Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
        dialogue.send("ab")
        #expect(try dialogue.statuses == [100, 200])
    }

    @Test func noContinueOnceTheBodyHasBegun() throws {
        var dialogue = Dialogue()
        dialogue.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\na")
        #expect(dialogue.written.isEmpty)
        dialogue.send("b")
        #expect(try dialogue.statuses == [200])
    }

    @Test func noContinueInHTTP10() throws {
        var dialogue = Dialogue()
        dialogue.send("POST / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        #expect(dialogue.written.isEmpty)
    }

    @Test func aRefusedExpectationNeverSeesContinue() throws {
        let handler = ScriptedHandler(admission: { _ in .refuse(Response(status: .unauthorized)) })
        var dialogue = Dialogue(handler: handler)
        dialogue.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        #expect(try dialogue.statuses == [401])
        #expect(dialogue.isShutDown && dialogue.requests.isEmpty)
    }
}
