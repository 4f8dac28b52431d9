import HTTP
import HTTPTypes
import Locking
import Testing

@Suite struct ResponseTests {
    private func reply(to request: String, _ response: Response, heads: Set<Int> = []) throws -> (reply: Reply, dialogue: Dialogue) {
        var dialogue = Dialogue(handler: ScriptedHandler { _, responder in responder.respond(response) })
        dialogue.send(request)
        let replies = try Reply.all(dialogue.written, heads: heads)
        return (try #require(replies.first), dialogue)
    }

    private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    private let head = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func theWholeMessage() throws {
        let (_, dialogue) = try reply(to: get, Response(contentType: "text/plain", text: "hi"))
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
        let (answer, _) = try reply(to: get, Response(status: .init(code: code), body: [1, 2, 3]))
        #expect(answer.status == code && answer["content-length"] == nil && answer["transfer-encoding"] == nil)
    }

    @Test func anEmptyBodyHasALength() throws {
        #expect(try reply(to: get, Response(status: .ok)).reply["content-length"] == "0")
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
        let closed = try reply(to: get, response)
        #expect(closed.reply["connection"] == "close" && closed.dialogue.isShutDown)
    }

    @Test(arguments: [100, 101, 199, 600, 0]) func aStatusThatEndsNothingIsRefused(code: Int) throws {
        #expect(try reply(to: get, Response(status: .init(code: code))).reply.status == 500)
    }

    /// Nothing that a client sent may end a line in an answer (RFC 9110 section 5.5).
    @Test(arguments: ["a\r\nSet-Cookie: x", "a\nX: y", "a\rb", "a\0b", "a\u{0B}b", "\r\n\r\n<html>"])
    func responsesAreNotSplit(_ poison: String) throws {
        var response = Response(status: .init(code: 200, reasonPhrase: "O" + poison))
        response.fields[.location] = "/" + poison
        response.fields.append(HTTPField(name: .contentType, value: Array(("t" + poison).utf8)))
        response.fields.append(HTTPField(name: .server, lenientValue: Array(("s" + poison).utf8)))
        let (answer, dialogue) = try reply(to: get, response)
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
        let (answer, _) = try reply(to: get, response)
        #expect(answer.fields.map(\.name) == ["date", "content-length"] && answer["content-length"] == "2")
    }

    @Test func refusalsAreEscaped() throws {
        let refusal = Response.refusal(.badRequest, "a \"quote\", a \\, a \u{1} and \u{1F600}")
        #expect(
            try reply(to: get, refusal).reply.text
                == "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\"detail\":\"a \\\"quote\\\", a \\\\, a \\u0001 and \u{1F600}\"}")
    }

    @Test func methodNotAllowedNamesTheMethods() throws {
        let (answer, _) = try reply(to: get, .methodNotAllowed(.get, allowed: [.post, .options]))
        #expect(answer.status == 405 && answer["allow"] == "POST, OPTIONS")
    }

    @Test func traceAndConnectNameTheMethods() throws {
        for request in ["TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"] {
            #expect(try reply(to: request, Response(status: .ok)).reply["allow"] == "GET, HEAD, POST, DELETE, OPTIONS")
        }
    }

    @Test func aDroppedRequestIsAnswered500() throws {
        var dialogue = Dialogue(handler: ScriptedHandler { _, _ in })
        dialogue.send(get)
        #expect(try Reply.all(dialogue.written).map(\.status) == [500])
    }

    @Test func onlyTheFirstAnswerCounts() throws {
        var dialogue = Dialogue(
            handler: ScriptedHandler { _, responder in
                responder.respond(Response(status: .created))
                responder.respond(Response(status: .ok))
            })
        dialogue.send(get)
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

    // MARK: Targets

    @Test func targetsAreTakenApart() {
        let target = RequestTarget("/v1/a%2Fb/%C3%A9?x=1&y=a+b%26&z")
        #expect(target.path == "/v1/a%2Fb/%C3%A9" && target.query == "x=1&y=a+b%26&z")
        #expect(target.segments == ["v1", "a/b", "\u{E9}"])
        #expect(target.queryItems?.map(\.name) == ["x", "y", "z"] && target.queryItems?.map(\.value) == ["1", "a b&", ""])
        #expect(RequestTarget("/%FF").segments == nil && RequestTarget("/?a=%F").queryItems == nil)
        #expect(RequestTarget("/").segments == [""] && RequestTarget("/a").queryItems?.isEmpty == true)
    }

    @Test func theAuthorityIsTheTargets() throws {
        var dialogue = Dialogue()
        dialogue.send("GET http://b:81?q HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: c\r\n\r\n")
        #expect(dialogue.requests.map(\.head.authority) == ["b:81", "c"])
        #expect(dialogue.requests.map(\.head.path) == ["/", "/"] && dialogue.requests[0].head.query == "q")
    }

    @Test func trailersNeverBecomeFields() throws {
        var dialogue = Dialogue()
        dialogue.send(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nContent-Length: 99\r\nAuthorization: b\r\n\r\n" + get)
        #expect(dialogue.requests.count == 2)
        #expect(dialogue.requests[0].head.fields.map(\.name.canonicalName) == ["host", "transfer-encoding"])
    }
}

@Suite struct StreamTests {
    private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    /// Gives its pieces one per question.
    private final class Pieces: Sendable {
        let left: Lock<[StreamPiece]>
        let asked = Lock(0)
        init(_ pieces: [StreamPiece]) { left = Lock(pieces) }

        func stream(length: Int? = nil) -> ResponseStream {
            ResponseStream(length: length) { slot in
                self.asked.withLock { $0 += 1 }
                switch self.left.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
                case .bytes(let bytes)?: slot.send(bytes)
                case .end?: slot.finish()
                case .failure?: slot.fail()
                case nil: break
                }
            }
        }
    }

    private func dialogue(_ request: String, _ stream: ResponseStream) -> Dialogue {
        var dialogue = Dialogue(handler: ScriptedHandler { _, responder in responder.respond(Response(status: .ok, stream: stream)) })
        dialogue.send(request)
        return dialogue
    }

    @Test func chunksInHTTP11() throws {
        let pieces = Pieces([.bytes(Array("hello ".utf8)), .bytes([]), .bytes(Array("world".utf8)), .end])
        let dialogue = dialogue(get, pieces.stream())
        let reply = try #require(try Reply.all(dialogue.written).first)
        #expect(reply["transfer-encoding"] == "chunked" && reply.text == "hello world")
        #expect(dialogue.endedStreams == 1 && !dialogue.isEnding)
    }

    @Test func closeInHTTP10() throws {
        let pieces = Pieces([.bytes([65]), .bytes([66]), .end])
        let dialogue = dialogue("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", pieces.stream())
        let reply = try #require(try Reply.all(dialogue.written).first)
        #expect(reply["transfer-encoding"] == nil && reply["connection"] == "close" && reply.text == "AB")
        #expect(dialogue.isShutDown)
    }

    @Test func aKnownLengthIsKept() throws {
        let dialogue = dialogue(get + get, Pieces([.bytes([65]), .bytes([66]), .end, .bytes([67, 68]), .end]).stream(length: 2))
        #expect(try Reply.all(dialogue.written).map(\.text) == ["AB", "CD"])
    }

    @Test(arguments: [[StreamPiece.bytes([65]), .end], [.bytes([65, 66, 67])], [.bytes([65]), .failure], [.bytes([65])]])
    func aBrokenPromiseCutsTheConnection(_ pieces: [StreamPiece]) {
        let dialogue = dialogue(get, Pieces(pieces).stream(length: 2))
        #expect(dialogue.isClosed && dialogue.endedStreams == 1)
        #expect(throws: Reply.Malformed.self) { try Reply.all(dialogue.written) }
    }

    @Test func aFailureLeavesChunksUnfinished() {
        let dialogue = dialogue(get, Pieces([.bytes([65]), .failure]).stream())
        #expect(dialogue.isClosed)
        #expect(throws: Reply.Malformed.self) { try Reply.all(dialogue.written) }
    }

    @Test func headAsksForNothing() throws {
        for length in [nil, 7] {
            let pieces = Pieces([.bytes([1])])
            let dialogue = dialogue("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", pieces.stream(length: length))
            let reply = try #require(try Reply.all(dialogue.written, heads: [0]).first)
            #expect(reply["content-length"] == length.map { "\($0)" } && reply["transfer-encoding"] == nil)
            #expect(pieces.asked.withLock { $0 } == 0 && dialogue.endedStreams == 1)
        }
    }

    @Test func theNextPieceIsAskedForWhenTheLastIsTaken() throws {
        let pieces = Pieces([.bytes([UInt8](repeating: 65, count: 1_000)), .bytes([66]), .end])
        var dialogue = Dialogue(handler: ScriptedHandler { _, responder in responder.respond(Response(status: .ok, stream: pieces.stream())) })
        dialogue.window = 500
        dialogue.send(get)
        #expect(pieces.asked.withLock { $0 } == 1)
        dialogue.window = nil
        dialogue.settle()
        #expect(pieces.asked.withLock { $0 } == 3)
    }

    @Test func aLostClientEndsTheStream() {
        final class Box: Sendable { let slot = Lock<StreamSlot?>(nil) }
        let box = Box()
        var dialogue = dialogue(get, ResponseStream { slot in box.slot.withLock { $0 = slot } })
        #expect(dialogue.endedStreams == 0)
        dialogue.lose()
        #expect(dialogue.endedStreams == 1 && dialogue.disconnections == 1)
        box.slot.withLock { $0 }?.send([1])
        dialogue.settle()
        #expect(dialogue.isClosed)
    }
}
