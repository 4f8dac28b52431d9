import HTTP
import HTTPTypes
import Locking
import Logging
import Testing
import Wire

/// What HTTP answers by itself is completed by the handler, each answer once: it carries what all answers carry.
@Suite struct OwnAnswerTests {
    /// Marks the answers that it is asked to complete.
    final class Marker: Handler {
        private let scripted: ScriptedHandler
        /// The paths of the heads with which it was asked; nil where none could be read.
        let heads = Lock<[String?]>([])
        /// What stood in the field `x-own` of answers that others were sent in place of.
        let replaced = Lock<[String]>([])

        static let mark = HTTPField.Name("x-mark")!
        static let own = HTTPField.Name("x-own")!

        init(_ scripted: ScriptedHandler) { self.scripted = scripted }

        func admit(_ head: RequestHead) -> Admission { scripted.admit(head) }

        func complete(_ answer: Response, to head: RequestHead?, insteadOf given: Response?) -> Response {
            heads.withLock { $0.append(head?.path) }
            if let own = given?.fields[Self.own] { replaced.withLock { $0.append(own) } }
            var answer = answer
            answer.fields.append(.init(name: Self.mark, value: "1"))
            return answer
        }
    }

    private static let post = "POST /p HTTP/1.1\r\nHost: a\r\n"

    /// A request, the status that it is answered with, and the path by which the handler is told it.
    private static let refused: [(text: String, status: Int, path: String?)] = [
        ("GET\r\n", 400, nil),
        ("GET /p HTTP/1.1\r\n\r\n", 400, nil),
        ("GET /p HTTP/1.1\r\nHost: a\r\nX: a\n", 400, nil),
        ("GET /p HTTP/2.0\r\n", 505, nil),
        ("GET /" + String(repeating: "a", count: 8_200) + " HTTP/1.1\r\n", 414, nil),
        ("GET /p HTTP/1.1\r\nX: " + String(repeating: "a", count: 40_000) + "\r\n", 431, nil),
        ("BREW /p HTTP/1.1\r\nHost: a\r\n\r\n", 501, "/p"),
        ("TRACE /p HTTP/1.1\r\nHost: a\r\n\r\n", 405, "/p"),
        ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 405, ""),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 204, "*"),
        (post + "Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n", 415, "/p"),
        (post + "Expect: tea\r\n\r\n", 417, "/p"),
        (post + "Content-Length: 99999999\r\n\r\n", 413, "/p"),
        (post + "Transfer-Encoding: chunked\r\n\r\nx\r\n", 400, "/p"),
        (post + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + String(repeating: "a: b\r\n", count: 101), 431, "/p"),
    ]

    @Test func whatIsRefusedIsCompleted() throws {
        for (text, status, path) in Self.refused {
            let handler = Marker(ScriptedHandler())
            var dialogue = Dialogue(handler: handler)
            dialogue.send(text)
            let replies = try Reply.all(dialogue.written)
            #expect(replies.map(\.status) == [status] && replies.first?["x-mark"] == "1", "\(text.prefix(60))")
            #expect(handler.heads.withLock { $0 } == [path], "\(text.prefix(60))")
        }
    }

    @Test func whatComesTooLateOrNotWholeIsCompleted() throws {
        for (text, status, path) in [("GET /", 408, nil), (Self.post + "Content-Length: 2\r\n\r\na", 408, "/p")] {
            let handler = Marker(ScriptedHandler())
            var dialogue = Dialogue(handler: handler)
            dialogue.send(text)
            dialogue.advance(.seconds(61))
            let replies = try Reply.all(dialogue.written)
            #expect(replies.map(\.status) == [status] && replies[0]["x-mark"] == "1")
            #expect(handler.heads.withLock { $0 } == [path])
        }
        let handler = Marker(ScriptedHandler())
        var dialogue = Dialogue(handler: handler)
        dialogue.send(Self.post + "Content-Length: 2\r\n\r\na")
        dialogue.sendEnd()
        let replies = try Reply.all(dialogue.written)
        #expect(replies.map(\.status) == [400] && replies[0]["x-mark"] == "1")
    }

    @Test func whatThereIsNoMemoryForIsCompleted() throws {
        var configuration = ServerConfiguration()
        (configuration.limits.bodyBytesInAll, configuration.limits.answerBytesInAll) = (10, 10)
        let handler = Marker(
            ScriptedHandler { _, responder in
                let body = [UInt8](repeating: 1, count: 20_000)
                responder.respond(Response(status: .ok, fields: [Marker.own: "first"], body: body))
            })
        for text in [Self.post + "Content-Length: 11\r\n\r\n01234567890", "GET /p HTTP/1.1\r\nHost: a\r\n\r\n"] {
            var dialogue = Dialogue(configuration: configuration, handler: handler)
            dialogue.send(text)
            let replies = try Reply.all(dialogue.written)
            #expect(replies.map(\.status) == [503] && replies[0]["x-mark"] == "1" && replies[0]["x-own"] == nil)
        }
        #expect(handler.heads.withLock { $0 } == ["/p", "/p"])
        #expect(handler.replaced.withLock { $0 } == ["first"])
    }

    @Test func whatIsSentInPlaceOfNoFinalAnswerIsCompleted() throws {
        let handler = Marker(
            ScriptedHandler { _, responder in
                responder.respond(Response(status: .continue, fields: [Marker.own: "interim"]))
            })
        var dialogue = Dialogue(handler: handler)
        dialogue.send("GET /p HTTP/1.1\r\nHost: a\r\n\r\n")
        let replies = try Reply.all(dialogue.written)
        #expect(replies.map(\.status) == [500] && replies[0]["x-mark"] == "1")
        #expect(handler.replaced.withLock { $0 } == ["interim"])
    }

    /// The handler's own answers it completes itself; the words of a route for its bodies are its own, too.
    @Test func whatTheHandlerAnswersIsLeftAsItIs() throws {
        var acceptance = Acceptance(bodyLimit: 3) { _, responder in responder.respond(Response(status: .ok)) }
        acceptance.refusal = { Response(status: $0.status) }
        let handler = Marker(
            ScriptedHandler { [acceptance] in
                $0.path == "/x" ? .refuse(Response(status: .notFound)) : .accept(acceptance)
            })
        var dialogue = Dialogue(handler: handler)
        dialogue.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\nGET /p HTTP/1.1\r\nHost: a\r\n\r\n" + Self.post)
        dialogue.send("Content-Length: 4\r\n\r\n")
        let replies = try Reply.all(dialogue.written)
        #expect(replies.map(\.status) == [404, 200, 413] && replies.allSatisfy { $0["x-mark"] == nil })
        #expect(handler.heads.withLock { $0.isEmpty })
    }

    /// On sockets: a request that the handler drops, and a connection that is one too many.
    @Test(.timeLimit(.minutes(10))) func whatNobodyAnswersIsCompleted() throws {
        let handler = Marker(ScriptedHandler { request, responder in
            if request.head.path != "/dropped" { responder.respond(Response(status: .ok)) }
        })
        var configuration = ServerConfiguration()
        configuration.limits.connections = 1
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let server = Server(configuration: configuration, handler: handler, logger: logger)
        try server.start()
        defer { server.stop() }
        let first = try WireClient(port: try #require(server.port))
        try first.send("GET /p HTTP/1.1\r\nHost: a\r\n\r\nGET /dropped HTTP/1.1\r\nHost: a\r\n\r\n")
        let replies = try first.replies(2)
        #expect(replies.map(\.status) == [200, 500] && replies.map { $0["x-mark"] } == [nil, "1"])
        let second = try Reply.all(WireClient(port: try #require(server.port)).readToEnd())
        #expect(second.map(\.status) == [503] && second[0]["x-mark"] == "1")
        #expect(handler.heads.withLock { $0 } == ["/dropped", nil])
    }
}
