import Dispatch
import TestSupport
import Testing
import Wire

/// What becomes of connections while the server drains, on real sockets. A limit on time turns a hang into a failure.
@Suite(.timeLimit(.minutes(10))) struct ServerDrainTests {
    @Test func drainAnswersWhatIsInFlight() throws {
        let arrived = DispatchSemaphore(value: 0)
        let go = DispatchSemaphore(value: 0)
        let handler = ScriptedHandler { request, responder in
            if request.head.path == "/slow" {
                DispatchQueue(label: "slow").async {
                    arrived.signal()
                    go.wait()
                    responder.respond(ScriptedHandler.echo(request))
                }
            } else {
                responder.respond(ScriptedHandler.echo(request))
            }
        }
        try withServer(handler) { server, port in
            let idle = try WireClient(port: port)
            try idle.send(plainGet)
            _ = try idle.replies(1)
            let busy = try WireClient(port: port)
            try busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(arrived.wait(timeout: Patience.deadline) == .success)
            let drained = DispatchSemaphore(value: 0)
            server.drain(deadline: .seconds(30)) { drained.signal() }
            #expect(try idle.readToEnd().isEmpty)
            #expect(throws: (any Error).self) { _ = try WireClient(port: port) }
            #expect(drained.wait(timeout: .now()) == .timedOut)
            go.signal()
            let replies = try Reply.all(busy.readToEnd())
            #expect(replies.map(\.text) == ["GET /slow"] && replies[0]["connection"] == "close")
            busy.closeSendingSide()
            #expect(drained.wait(timeout: Patience.deadline) == .success)
        }
    }

    @Test func drainEndsAtItsDeadline() throws {
        let desk = AnswerDesk()
        let arrived = DispatchSemaphore(value: 0)
        let handler = ScriptedHandler { _, responder in
            desk.responders.withLock { $0.append(responder) }
            arrived.signal()
        }
        try withServer(handler) { server, port in
            let client = try WireClient(port: port)
            try client.send(plainGet)
            #expect(arrived.wait(timeout: Patience.deadline) == .success)
            let drained = DispatchSemaphore(value: 0)
            server.drain(deadline: .milliseconds(100)) { drained.signal() }
            #expect(drained.wait(timeout: Patience.deadline) == .success)
            #expect((try? client.readToEnd()) ?? [] == [])
        }
    }
}
