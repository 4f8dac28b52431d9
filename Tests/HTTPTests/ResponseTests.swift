import HTTP
import HTTPTypes
import Testing

/// Answers as bytes: their heads, their bodies, and what HTTP refuses by itself.
@Suite struct ResponseTests {
    private func reply(to request: String, _ response: Response, heads: Set<Int> = []) throws -> (reply: Reply, dialogue: Dialogue) {
        var dialogue = Dialogue(handler: ScriptedHandler { _, responder in responder.respond(response) })
        dialogue.send(request)
        let replies = try Reply.all(dialogue.written, heads: heads)
        return (try #require(replies.first), dialogue)
    }

    private let head = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func theWholeMessage() throws {
        let (_, dialogue) = try reply(to: plainGet, Response(contentType: "text/plain", text: "hi"))
        let expected = "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nhi"
        #expect(String(decoding: dialogue.written, as: UTF8.self) == expected)
    }

    /// RFC 9110 section 9.3.2: the fields of GET, no body.
    @Test func headHasFieldsButNoBody() throws {
        let (answer, _) = try reply(to: head, Response(contentType: "text/plain", text: "hello"), heads: [0])
        #expect(answer["content-length"] == "5" && answer.body.isEmpty)
    }

    /// RFC 9110 section 8.6: neither Content-Length nor a body.
    @Test(arguments: [204, 304]) func statusesWithoutBody(code: Int) throws {
        let (answer, _) = try reply(to: plainGet, Response(status: .init(code: code), body: [1, 2, 3]))
        #expect(answer.status == code && answer["content-length"] == nil && answer["transfer-encoding"] == nil)
    }

    @Test func anEmptyBodyHasALength() throws {
        #expect(try reply(to: plainGet, Response(status: .ok)).reply["content-length"] == "0")
    }

    @Test func http10GetsKeepAliveOnlyIfItAsked() throws {
        let kept = try reply(to: "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", Response(status: .ok))
        #expect(kept.reply["connection"] == "keep-alive" && !kept.dialogue.isEnding)
        let closed = try reply(to: "GET / HTTP/1.0\r\n\r\n", Response(status: .ok))
        #expect(closed.reply["connection"] == "close" && closed.dialogue.isShutDown)
    }

    @Test func aHandlerMayCloseTheConnection() throws {
        var response = Response(status: .ok)
        response.closesConnection = true
        let closed = try reply(to: plainGet, response)
        #expect(closed.reply["connection"] == "close" && closed.dialogue.isShutDown)
    }

    @Test(arguments: [100, 101, 199, 600, 0]) func aStatusThatEndsNothingIsRefused(code: Int) throws {
        #expect(try reply(to: plainGet, Response(status: .init(code: code))).reply.status == 500)
    }

    /// Nothing that a client sent may end a line in an answer (RFC 9110 section 5.5).
    @Test(arguments: ["a\r\nSet-Cookie: x", "a\nX: y", "a\rb", "a\0b", "a\u{0B}b", "\r\n\r\n<html>"])
    func responsesAreNotSplit(_ poison: String) throws {
        var response = Response(status: .init(code: 200, reasonPhrase: "O" + poison))
        response.fields[.location] = "/" + poison
        response.fields.append(HTTPField(name: .contentType, value: Array(("t" + poison).utf8)))
        response.fields.append(HTTPField(name: .server, lenientValue: Array(("s" + poison).utf8)))
        let (answer, dialogue) = try reply(to: plainGet, response)
        #expect(answer.fields.map(\.name) == ["date", "content-length", "location", "content-type", "server"])
        let allowed = dialogue.written.indices.allSatisfy { index in
            let byte = dialogue.written[index]
            if byte == 13 { return dialogue.written[index + 1] == 10 }
            if byte == 10 { return dialogue.written[index - 1] == 13 }
            return byte >= 32 && byte != 127
        }
        #expect(allowed)
    }

    @Test func framingFieldsOfAHandlerAreIgnored() throws {
        var response = Response(status: .ok, body: [1, 2])
        response.fields[.contentLength] = "7"
        response.fields[.transferEncoding] = "chunked"
        response.fields[.connection] = "upgrade"
        response.fields[.date] = "now"
        let (answer, _) = try reply(to: plainGet, response)
        #expect(answer.fields.map(\.name) == ["date", "content-length"] && answer["content-length"] == "2")
    }

    @Test func refusalsAreEscaped() throws {
        let refusal = Response.refusal(.badRequest, "a \"quote\", a \\, a \u{1} and \u{1F600}")
        #expect(
            try reply(to: plainGet, refusal).reply.text
                == "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\"detail\":\"a \\\"quote\\\", a \\\\, a \\u0001 and \u{1F600}\"}")
    }

    @Test func methodNotAllowedNamesTheMethods() throws {
        let (answer, _) = try reply(to: plainGet, .methodNotAllowed(.get, allowed: [.post, .options]))
        #expect(answer.status == 405 && answer["allow"] == "POST, OPTIONS")
    }

    @Test func traceAndConnectNameTheMethods() throws {
        for request in ["TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"] {
            #expect(try reply(to: request, Response(status: .ok)).reply["allow"] == "GET, HEAD, POST, DELETE, OPTIONS")
        }
    }

    @Test func aDroppedRequestIsAnswered500() throws {
        var dialogue = Dialogue(handler: ScriptedHandler { _, _ in })
        dialogue.send(plainGet)
        #expect(try Reply.all(dialogue.written).map(\.status) == [500])
    }

    @Test func onlyTheFirstAnswerCounts() throws {
        var dialogue = Dialogue(
            handler: ScriptedHandler { _, responder in
                responder.respond(Response(status: .created))
                responder.respond(Response(status: .ok))
            })
        dialogue.send(plainGet)
        #expect(try Reply.all(dialogue.written).map(\.status) == [201])
    }

    /// Dates made with Python: `email.utils.formatdate(t, usegmt=True)`.
    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"), (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
    ])
    func dates(seconds: Int, text: String) {
        #expect(HTTPDate.text(secondsSince1970: seconds) == text)
    }
}
