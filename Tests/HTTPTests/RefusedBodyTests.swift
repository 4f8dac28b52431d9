import HTTP
import Testing

/// Bodies that are too large, badly framed, or of a refused request.
@Suite struct RefusedBodyTests {
    @Test func aRouteLimitsItsBodies() throws {
        let handler = ScriptedHandler(admission: { _ in .echo(bodyLimit: 3) })
        for (length, expected) in [(3, [100, 200]), (4, [413])] {
            var dialogue = Dialogue(handler: handler)
            dialogue.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\nExpect: 100-continue\r\n\r\n")
            if length == 3 { dialogue.send("abc") }
            #expect(try dialogue.statuses == expected)
        }
    }

    /// What is wrong with a body is told as the route tells its errors, and closes the connection all the same; what is
    /// wrong with a head is HTTP's own to tell.
    @Test func aRouteWordsWhatIsWrongWithItsBodies() throws {
        var acceptance = Acceptance(bodyLimit: 3) { _, responder in responder.respond(Response(status: .ok)) }
        acceptance.refusal = { violation in
            guard violation.status != .badRequest else { return nil }
            return Response(status: violation.status, body: Array("of the route".utf8))
        }
        let handler = ScriptedHandler(admission: { [acceptance] _ in .accept(acceptance) })
        let post = "POST / HTTP/1.1\r\nHost: a\r\n"
        let cases = [
            (post + "Content-Length: 4\r\n\r\n", 413, true),
            (post + "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd", 413, true),
            (post + "Transfer-Encoding: chunked\r\n\r\nx\r\n", 400, false),
            ("POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n", 400, false),
        ]
        for (text, status, isOfRoute) in cases {
            var dialogue = Dialogue(handler: handler)
            dialogue.send(text)
            let replies = try Reply.all(dialogue.written)
            #expect(replies.map(\.status) == [status] && dialogue.isShutDown, "\(text)")
            #expect((replies.first?.text == "of the route") == isOfRoute, "\(text)")
        }
    }

    @Test func aRefusedRequestKeepsTheConnectionIfItsBodyIsSmall() throws {
        let handler = ScriptedHandler(admission: { $0.path == "/" ? .echo() : .refuse(Response(status: .notFound)) })
        let small = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n" + String(repeating: "x", count: 65_536)
        let large = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n"
        var dialogue = Dialogue(handler: handler)
        dialogue.send(small + plainGet + large)
        #expect(try dialogue.statuses == [404, 200, 404])
        #expect(dialogue.isShutDown)
        let replies = try Reply.all(dialogue.written)
        #expect(replies.map { $0["connection"] } == [nil, nil, "close"])
    }

    @Test func anEndlessRefusedBodyEndsTheConnection() throws {
        let handler = ScriptedHandler(admission: { _ in .refuse(Response(status: .notFound)) })
        var dialogue = Dialogue(handler: handler)
        dialogue.send("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        #expect(!dialogue.isEnding)
        for _ in 0..<5 where !dialogue.isEnding { dialogue.send("4000\r\n" + String(repeating: "x", count: 16_384) + "\r\n") }
        #expect(try dialogue.statuses == [404])
        #expect(dialogue.isShutDown)
    }
}
