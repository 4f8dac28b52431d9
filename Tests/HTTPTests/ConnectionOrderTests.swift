import HTTP
import Testing

/// Requests of a connection one after the other, and what holds them back.
@Suite struct ConnectionOrderTests {
    @Test func pipelinedRequestsAreHandledOneAfterTheOther() throws {
        let desk = AnswerDesk()
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
        let desk = AnswerDesk()
        var configuration = ServerConfiguration()
        configuration.limits.pipelined = 100
        var dialogue = Dialogue(configuration: configuration, handler: desk.handler())
        dialogue.send(plainGet)
        #expect(dialogue.machine.wantsInput)
        dialogue.send(String(repeating: plainGet, count: 5))
        #expect(!dialogue.machine.wantsInput)
        for _ in 0..<6 {
            desk.answer()
            dialogue.settle()
        }
        #expect(dialogue.machine.wantsInput)
        #expect(try dialogue.statuses == Array(repeating: 200, count: 6))
    }

    @Test func noRequestIsBegunWhileAnAnswerIsUnread() throws {
        var dialogue = Dialogue()
        dialogue.window = 20
        dialogue.send(plainGet + plainGet)
        #expect(dialogue.requests.count == 1)
        dialogue.window = nil
        dialogue.settle()
        #expect(try dialogue.statuses == [200, 200])
    }

    @Test func anAnswerFromBeforeIsIgnored() throws {
        let desk = AnswerDesk()
        var dialogue = Dialogue(handler: desk.handler())
        dialogue.send(plainGet)
        desk.answer()
        dialogue.settle()
        let before = dialogue.written
        #expect(dialogue.machine.respond(Response(status: .notFound), to: 1, at: dialogue.now).isEmpty)
        dialogue.settle()
        #expect(dialogue.written == before)
    }
}
