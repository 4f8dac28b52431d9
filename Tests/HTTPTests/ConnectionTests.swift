import HTTP
import HTTPTypes
import Locking
import Testing

private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

/// The connection's life: order, deadlines, backpressure, draining. The clock is moved by hand.
@Suite struct ConnectionTests {
    /// Keeps responders until the test answers them.
    final class Desk: Sendable {
        let responders = Lock<[Responder]>([])
        func handler() -> ScriptedHandler {
            ScriptedHandler { _, responder in self.responders.withLock { $0.append(responder) } }
        }
        func answer(_ response: Response = Response(status: .ok)) {
            responders.withLock { $0.isEmpty ? nil : $0.removeFirst() }?.respond(response)
        }
        var count: Int { responders.withLock { $0.count } }
    }

    private func statuses(_ dialogue: Dialogue) throws -> [Int] { try Reply.all(dialogue.written).map(\.status) }

    // MARK: Order and backpressure

    @Test func pipelinedRequestsAreHandledOneAfterTheOther() throws {
        let desk = Desk()
        var dialogue = Dialogue(handler: desk.handler())
        dialogue.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n")
        for number in 1...3 {
            #expect(desk.count == 1)
            #expect(dialogue.requests.map(\.head.path) == (1...number).map { "/\($0)" })
            desk.answer(Response(contentType: "text/plain", text: "\(number)"))
            dialogue.settle()
        }
        #expect(try Reply.all(dialogue.written).map(\.text) == ["1", "2", "3"])
    }

    @Test func readingPausesWhileTheWindowIsFull() throws {
        let desk = Desk()
        var configuration = ServerConfiguration()
        configuration.limits.pipelined = 100
        var dialogue = Dialogue(configuration: configuration, handler: desk.handler())
        dialogue.send(get)
        #expect(dialogue.machine.wantsInput)
        dialogue.send(String(repeating: get, count: 5))
        #expect(!dialogue.machine.wantsInput)
        for _ in 0..<6 {
            desk.answer()
            dialogue.settle()
        }
        #expect(dialogue.machine.wantsInput)
        #expect(try statuses(dialogue) == Array(repeating: 200, count: 6))
    }

    @Test func noRequestIsBegunWhileAnAnswerIsUnread() throws {
        var dialogue = Dialogue()
        dialogue.window = 20
        dialogue.send(get + get)
        #expect(dialogue.requests.count == 1)
        dialogue.window = nil
        dialogue.settle()
        #expect(try statuses(dialogue) == [200, 200])
    }

    @Test func anAnswerFromBeforeIsIgnored() throws {
        let desk = Desk()
        var dialogue = Dialogue(handler: desk.handler())
        dialogue.send(get)
        desk.answer()
        dialogue.settle()
        let before = dialogue.written
        #expect(dialogue.machine.respond(Response(status: .notFound), to: 1, at: dialogue.now).isEmpty)
        dialogue.settle()
        #expect(dialogue.written == before)
    }

    // MARK: Deadlines

    @Test func silenceEndsWithTheIdleTimeout() {
        var dialogue = Dialogue()
        dialogue.advance(.seconds(74))
        #expect(!dialogue.isEnding)
        dialogue.advance(.seconds(1))
        #expect(dialogue.isClosed && dialogue.written.isEmpty)
    }

    @Test func aHeadMustBeCompleteInTimeHoweverOftenItMoves() throws {
        var dialogue = Dialogue()
        for byte in "GET / HTTP".utf8 {
            #expect(!dialogue.isEnding)
            dialogue.send([byte])
            dialogue.advance(.seconds(1))
        }
        #expect(try statuses(dialogue) == [408])
        #expect(dialogue.isShutDown)
    }

    @Test func theHeaderDeadlineBeginsAnewWithEachRequest() throws {
        var dialogue = Dialogue()
        dialogue.send(get + "GET")
        dialogue.advance(.seconds(9))
        dialogue.send(" / HTTP/1.1\r\nHost: a\r\n\r\n")
        dialogue.advance(.seconds(9))
        dialogue.send(get)
        #expect(try statuses(dialogue) == [200, 200, 200])
    }

    @Test func aBodyMustKeepTheMinimumRate() throws {
        var dialogue = Dialogue()
        dialogue.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
        for _ in 0..<5 {
            #expect(!dialogue.isEnding)
            dialogue.send("x")
            dialogue.advance(.seconds(1))
        }
        dialogue.advance(.milliseconds(5))
        #expect(try statuses(dialogue) == [408])
    }

    @Test func aBodyHasATotalDeadlineHoweverFastItIs() throws {
        var dialogue = Dialogue()
        dialogue.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
        for _ in 0..<59 {
            dialogue.send([UInt8](repeating: 0, count: 2_000))
            dialogue.advance(.seconds(1))
        }
        #expect(!dialogue.isEnding)
        dialogue.advance(.seconds(1))
        #expect(try statuses(dialogue) == [408])
    }

    @Test func aClientThatDoesNotReadIsCutOff() {
        var dialogue = Dialogue()
        dialogue.window = 10
        dialogue.send(get)
        dialogue.advance(.seconds(29))
        #expect(!dialogue.isClosed)
        dialogue.advance(.seconds(1) + .milliseconds(10))
        #expect(dialogue.isClosed)
    }

    @Test func aClientThatReadsTooSlowlyIsCutOff() {
        let big = ScriptedHandler { _, responder in responder.respond(Response(status: .ok, body: [UInt8](repeating: 0, count: 1_000_000))) }
        var dialogue = Dialogue(handler: big)
        dialogue.window = 0
        dialogue.send(get)
        for _ in 0..<33 {
            #expect(!dialogue.isClosed)
            dialogue.window = 100
            dialogue.settle()
            dialogue.advance(.seconds(1))
        }
        dialogue.advance(.seconds(1))
        #expect(dialogue.isClosed)
    }

    @Test func aClientThatReadsSteadilyIsNot() throws {
        let big = ScriptedHandler { _, responder in responder.respond(Response(status: .ok, body: [UInt8](repeating: 0, count: 200_000))) }
        var dialogue = Dialogue(handler: big)
        dialogue.window = 0
        dialogue.send(get)
        for _ in 0..<100 {
            dialogue.window = 2_100
            dialogue.settle()
            dialogue.advance(.seconds(1))
        }
        #expect(try statuses(dialogue) == [200])
    }

    @Test func theHandlerMayTakeItsTime() throws {
        let desk = Desk()
        var dialogue = Dialogue(handler: desk.handler())
        dialogue.send(get)
        #expect(dialogue.machine.deadline == nil)
        dialogue.advance(.seconds(100_000))
        desk.answer()
        dialogue.settle()
        #expect(try statuses(dialogue) == [200])
    }

    @Test func lingeringEndsInTimeAndBytes() {
        for flood in [false, true] {
            var dialogue = Dialogue()
            dialogue.send("GET /\r\n")
            #expect(dialogue.isShutDown && !dialogue.isClosed && dialogue.machine.wantsInput)
            if flood {
                for _ in 0..<17 { dialogue.send([UInt8](repeating: 0, count: 65_536)) }
            } else {
                dialogue.send("whatever")
                dialogue.advance(.seconds(2))
            }
            #expect(dialogue.isClosed)
        }
    }

    @Test func lingeringEndsWithTheClient() {
        var dialogue = Dialogue()
        dialogue.send("GET /\r\n")
        dialogue.sendEnd()
        #expect(dialogue.isClosed)
    }

    // MARK: The client closes its side

    @Test(arguments: ["GET / HT", "GET / HTTP/1.0\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab", "\r"])
    func aRequestCutShortIsAnswered(_ text: String) throws {
        var dialogue = Dialogue()
        dialogue.send(text)
        dialogue.sendEnd()
        #expect(try statuses(dialogue) == [400])
        #expect(dialogue.isClosed)
    }

    @Test func aHalfClosedClientGetsItsAnswers() throws {
        let desk = Desk()
        var dialogue = Dialogue(handler: desk.handler())
        dialogue.send(get + get)
        dialogue.sendEnd()
        #expect(dialogue.disconnections == 1 && !dialogue.machine.wantsInput)
        desk.answer()
        dialogue.settle()
        desk.answer()
        dialogue.settle()
        #expect(try statuses(dialogue) == [200, 200])
        #expect(dialogue.isClosed)
    }

    @Test func aLostClientIsReported() {
        let desk = Desk()
        var dialogue = Dialogue(handler: desk.handler())
        dialogue.send(get)
        dialogue.lose()
        #expect(dialogue.disconnections == 1 && dialogue.isClosed)
    }

    // MARK: Expectations and refusals

    @Test func continueComesBeforeTheBody() throws {
        var dialogue = Dialogue()
        dialogue.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n")
        #expect(dialogue.written == Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
        dialogue.send("ab")
        #expect(try statuses(dialogue) == [100, 200])
    }

    @Test func noContinueOnceTheBodyHasBegun() throws {
        var dialogue = Dialogue()
        dialogue.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\na")
        #expect(dialogue.written.isEmpty)
        dialogue.send("b")
        #expect(try statuses(dialogue) == [200])
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
        #expect(try statuses(dialogue) == [401])
        #expect(dialogue.isShutDown && dialogue.requests.isEmpty)
    }

    @Test func aRouteLimitsItsBodies() throws {
        let handler = ScriptedHandler(admission: { _ in .echo(bodyLimit: 3) })
        for (length, expected) in [(3, [100, 200]), (4, [413])] {
            var dialogue = Dialogue(handler: handler)
            dialogue.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\nExpect: 100-continue\r\n\r\n")
            if length == 3 { dialogue.send("abc") }
            #expect(try statuses(dialogue) == expected)
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
        dialogue.send(small + get + large)
        #expect(try statuses(dialogue) == [404, 200, 404])
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
        #expect(try statuses(dialogue) == [404])
        #expect(dialogue.isShutDown)
    }

    @Test func bodiesShareABudgetUntilTheyAreRead() throws {
        let desk = Desk()
        let handler = desk.handler()
        var configuration = ServerConfiguration()
        configuration.limits.bodyBytesInAll = 10
        let budgets = SharedBudgets(limits: configuration.limits)
        func dialogue(_ body: String) -> Dialogue {
            var dialogue = Dialogue(handler: handler, budgets: budgets)
            dialogue.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n" + body)
            return dialogue
        }
        var first = dialogue("abcde")
        let second = dialogue("abcdef")
        let refused = try Reply.all(second.written)
        #expect(refused.map(\.status) == [503] && refused[0]["retry-after"] == "1" && second.isShutDown)
        // The first is whole and has been read, though nobody has answered it: others may come while its client waits.
        first.send("f")
        #expect(first.requests.count == 1 && first.written.isEmpty)
        var third = dialogue("abcde")
        third.lose()
        let fourth = dialogue("abcdef")
        #expect(fourth.requests.count == 1)
        desk.answer()
        first.settle()
        #expect(try statuses(first) == [200])
    }

    @Test func answersShareABudgetUntilTheyAreTaken() throws {
        let handler = ScriptedHandler { request, responder in
            let count = request.head.path == "/small" ? 16_384 : 20_000
            responder.respond(Response(status: .ok, body: [UInt8](repeating: 1, count: count)))
        }
        var configuration = ServerConfiguration()
        configuration.limits.answerBytesInAll = 30_000
        let budgets = SharedBudgets(limits: configuration.limits)
        func dialogue(_ method: String, _ path: String, window: Int?) -> Dialogue {
            var dialogue = Dialogue(handler: handler, budgets: budgets)
            dialogue.window = window
            dialogue.send("\(method) \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            return dialogue
        }
        var slow = dialogue("GET", "/", window: 100)
        let refused = try Reply.all(dialogue("GET", "/", window: nil).written)
        #expect(refused.map(\.status) == [503] && refused[0]["retry-after"] == "1")
        #expect(try statuses(dialogue("GET", "/small", window: nil)) == [200], "small ones are not counted")
        #expect(try statuses(dialogue("POST", "/", window: nil)) == [200], "what was done is told")
        slow.window = nil
        slow.settle()
        #expect(try statuses(slow) == [200])
        var gone = dialogue("GET", "/", window: 100)
        gone.lose()
        #expect(try statuses(dialogue("GET", "/", window: nil)) == [200], "a client that goes gives its share back")
    }

    @Test func aReaderThatTakesAByteNowAndThenIsCut() throws {
        let body = [UInt8](repeating: 1, count: 10_000_000)
        let handler = ScriptedHandler { _, responder in responder.respond(Response(status: .ok, body: body)) }
        var configuration = ServerConfiguration()
        (configuration.timeouts.write, configuration.timeouts.answer) = (.seconds(30), .seconds(300))
        // The least number of bytes that the rate asks for, second by second, and one byte a second.
        let rate = configuration.timeouts.minimumRate
        for (step, ends) in [(1, 30), (rate, 300), (2 * rate, 300)] {
            var dialogue = Dialogue(configuration: configuration, handler: handler)
            dialogue.window = 0
            dialogue.send(get)
            var seconds = 0
            while !dialogue.isClosed, seconds < 1000 {
                seconds += 1
                dialogue.window = step
                dialogue.advance(.seconds(1))
            }
            #expect((ends...ends + 1).contains(seconds), "\(step) bytes a second were taken for \(seconds) s")
        }
    }

    // MARK: Draining

    @Test func drainingClosesAnIdleConnection() throws {
        var dialogue = Dialogue()
        dialogue.send(get)
        dialogue.drain()
        #expect(dialogue.isClosed)
    }

    /// Of a first request, of a later one, and of one that waits for an answer before it to be read.
    @Test(arguments: ["", "G", "GET / HTTP/1.1\r\nHost: a\r\n", "\r\n"])
    func drainingDoesNotWaitForTheRestOfAHead(_ part: String) throws {
        var first = Dialogue()
        first.send(part)
        first.drain()
        #expect(first.isClosed)
        var second = Dialogue()
        second.send(get + part)
        second.drain()
        #expect(second.isClosed)
    }

    /// What has arrived whole is answered, though nobody had read it.
    @Test func drainingWaitsForTheBodyOfARequest() throws {
        var dialogue = Dialogue()
        dialogue.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab")
        dialogue.drain()
        #expect(!dialogue.isEnding)
        dialogue.send("c")
        #expect(try Reply.all(dialogue.written).map { $0["connection"] } == ["close"])
        #expect(dialogue.isShutDown)
    }

    @Test func drainingFinishesTheRequestAtHandAndNoMore() throws {
        let desk = Desk()
        var dialogue = Dialogue(handler: desk.handler())
        dialogue.send(get + get)
        dialogue.drain()
        #expect(!dialogue.isEnding)
        desk.answer()
        dialogue.settle()
        #expect(try Reply.all(dialogue.written).map { $0["connection"] } == ["close"])
        #expect(dialogue.isShutDown && dialogue.requests.count == 1)
    }
}
