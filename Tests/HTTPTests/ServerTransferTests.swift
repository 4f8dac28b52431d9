import Dispatch
import HTTP
import Synchronization
import Testing
import Wire

/// Large bodies, and answers piece by piece, on real sockets. A limit on time turns a hang into a failure.
@Suite(.timeLimit(.minutes(10))) struct ServerTransferTests {
    @Test func largeAnswersReachSlowReaders() throws {
        let body = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try withServer(ScriptedHandler { _, responder in responder.respond(Response(status: .ok, body: body)) }) { _, port in
            let client = try WireClient(port: port, receiveBuffer: 4_096)
            try client.send(lastGet)
            #expect(try Reply.all(client.readToEnd()).first?.body == body)
        }
    }

    @Test func largeBodiesAreEchoed() throws {
        let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 17) }
        try withServer { _, port in
            let client = try WireClient(port: port)
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: \(body.count)\r\n\r\n")
            try client.send(body)
            #expect(try Reply.all(client.readToEnd()).first?.body == body)
        }
    }

    @Test func streamsFromAnotherThread() throws {
        let pieces = (0..<50).map { "piece \($0)\n" }
        let handler = ScriptedHandler { _, responder in
            let next = Atomic(0)
            let box = Box(next)
            responder.respond(
                Response(
                    status: .ok,
                    stream: ResponseStream { slot in
                        DispatchQueue.global().async {
                            let index = box.counter.wrappingAdd(1, ordering: .relaxed).oldValue
                            if index < pieces.count { slot.send(Array(pieces[index].utf8)) } else { slot.finish() }
                        }
                    }))
        }
        try withServer(handler) { _, port in
            let client = try WireClient(port: port)
            try client.send(lastGet)
            #expect(try Reply.all(client.readToEnd()).first?.text == pieces.joined())
        }
    }

    private final class Box: Sendable {
        let counter: Atomic<Int>
        init(_ counter: consuming Atomic<Int>) { self.counter = counter }
    }
}
