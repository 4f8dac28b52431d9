import Testing

/// How a connection ends: by its client, in stages, and when the server drains it.
@Suite struct ConnectionClosingTests {
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

    @Test(arguments: ["GET / HT", "GET / HTTP/1.0\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab", "\r"])
    func aRequestCutShortIsAnswered(_ text: String) throws {
        var dialogue = Dialogue()
        dialogue.send(text)
        dialogue.sendEnd()
        #expect(try dialogue.statuses == [400])
        #expect(dialogue.isClosed)
    }

    @Test func aHalfClosedClientGetsItsAnswers() throws {
        let desk = AnswerDesk()
        var dialogue = Dialogue(handler: desk.handler())
        dialogue.send(plainGet + plainGet)
        dialogue.sendEnd()
        #expect(dialogue.disconnections == 1 && !dialogue.machine.wantsInput)
        desk.answer()
        dialogue.settle()
        desk.answer()
        dialogue.settle()
        #expect(try dialogue.statuses == [200, 200])
        #expect(dialogue.isClosed)
    }

    @Test func aLostClientIsReported() {
        let desk = AnswerDesk()
        var dialogue = Dialogue(handler: desk.handler())
        dialogue.send(plainGet)
        dialogue.lose()
        #expect(dialogue.disconnections == 1 && dialogue.isClosed)
    }

    @Test func drainingClosesAnIdleConnection() throws {
        var dialogue = Dialogue()
        dialogue.send(plainGet)
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
        second.send(plainGet + part)
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
        let desk = AnswerDesk()
        var dialogue = Dialogue(handler: desk.handler())
        dialogue.send(plainGet + plainGet)
        dialogue.drain()
        #expect(!dialogue.isEnding)
        desk.answer()
        dialogue.settle()
        #expect(try Reply.all(dialogue.written).map { $0["connection"] } == ["close"])
        #expect(dialogue.isShutDown && dialogue.requests.count == 1)
    }
}
