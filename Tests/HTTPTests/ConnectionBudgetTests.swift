import HTTP
import Testing

/// The memory that bodies and answers of all connections may take together.
@Suite struct ConnectionBudgetTests {
    @Test func bodiesShareABudgetUntilTheyAreRead() throws {
        let desk = AnswerDesk()
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
        #expect(try first.statuses == [200])
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
        #expect(try dialogue("GET", "/small", window: nil).statuses == [200], "small ones are not counted")
        #expect(try dialogue("POST", "/", window: nil).statuses == [200], "what was done is told")
        slow.window = nil
        slow.settle()
        #expect(try slow.statuses == [200])
        var gone = dialogue("GET", "/", window: 100)
        gone.lose()
        #expect(try dialogue("GET", "/", window: nil).statuses == [200], "a client that goes gives its share back")
    }
}
