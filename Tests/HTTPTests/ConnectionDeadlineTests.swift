import HTTP
import Testing

/// Deadlines of heads, bodies, answers and silence. The clock is moved by hand.
@Suite struct ConnectionDeadlineTests {
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
        #expect(try dialogue.statuses == [408])
        #expect(dialogue.isShutDown)
    }

    @Test func theHeaderDeadlineBeginsAnewWithEachRequest() throws {
        var dialogue = Dialogue()
        dialogue.send(plainGet + "GET")
        dialogue.advance(.seconds(9))
        dialogue.send(" / HTTP/1.1\r\nHost: a\r\n\r\n")
        dialogue.advance(.seconds(9))
        dialogue.send(plainGet)
        #expect(try dialogue.statuses == [200, 200, 200])
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
        #expect(try dialogue.statuses == [408])
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
        #expect(try dialogue.statuses == [408])
    }

    @Test func aClientThatDoesNotReadIsCutOff() {
        var dialogue = Dialogue()
        dialogue.window = 10
        dialogue.send(plainGet)
        dialogue.advance(.seconds(29))
        #expect(!dialogue.isClosed)
        dialogue.advance(.seconds(1) + .milliseconds(10))
        #expect(dialogue.isClosed)
    }

    @Test func aClientThatReadsTooSlowlyIsCutOff() {
        let big = ScriptedHandler { _, responder in responder.respond(Response(status: .ok, body: [UInt8](repeating: 0, count: 1_000_000))) }
        var dialogue = Dialogue(handler: big)
        dialogue.window = 0
        dialogue.send(plainGet)
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
        dialogue.send(plainGet)
        for _ in 0..<100 {
            dialogue.window = 2_100
            dialogue.settle()
            dialogue.advance(.seconds(1))
        }
        #expect(try dialogue.statuses == [200])
    }

    @Test func theHandlerMayTakeItsTime() throws {
        let desk = AnswerDesk()
        var dialogue = Dialogue(handler: desk.handler())
        dialogue.send(plainGet)
        #expect(dialogue.machine.deadline == nil)
        dialogue.advance(.seconds(100_000))
        desk.answer()
        dialogue.settle()
        #expect(try dialogue.statuses == [200])
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
            dialogue.send(plainGet)
            var seconds = 0
            while !dialogue.isClosed, seconds < 1000 {
                seconds += 1
                dialogue.window = step
                dialogue.advance(.seconds(1))
            }
            #expect((ends...ends + 1).contains(seconds), "\(step) bytes a second were taken for \(seconds) s")
        }
    }
}
