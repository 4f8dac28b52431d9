import Dispatch
import Glibc
import HTTP
import HTTPTypes
import Locking
import Logging
import Synchronization
import TestSupport
import Testing
import Wire

private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
private let lastGet = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

/// The server on real sockets. A limit on time turns a hang into a failure.
@Suite(.timeLimit(.minutes(10))) struct ServerTests {
    private func withServer(
        _ handler: any Handler = ScriptedHandler(), limits: ServerConfiguration.Limits = .init(),
        timeouts: ServerConfiguration.Timeouts = .init(), host: String = "127.0.0.1", _ body: (Server, UInt16) throws -> Void
    ) throws {
        let configuration = ServerConfiguration(host: host, port: 0, limits: limits, timeouts: timeouts)
        let server = Server(configuration: configuration, handler: handler, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        try server.start()
        defer { server.stop() }
        try body(server, try #require(server.port))
    }

    @Test func answersAndKeepsTheConnection() throws {
        try withServer { _, port in
            let client = try WireClient(port: port)
            for _ in 0..<3 {
                try client.send(get)
                #expect(try client.replies(1).map(\.text) == ["GET /"])
            }
        }
    }

    @Test func answersByteByByte() throws {
        try withServer { _, port in
            let client = try WireClient(port: port)
            for byte in lastGet.utf8 { try client.send([byte]) }
            #expect(try Reply.all(client.readToEnd()).map(\.status) == [200])
        }
    }

    @Test func answersPipelinedRequestsInOrder() throws {
        // Each on another thread, the earlier ones later.
        let handler = ScriptedHandler { request, responder in
            let number = Int(request.head.path.dropFirst()) ?? 0
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(20 - number)) {
                responder.respond(Response(contentType: "text/plain", text: "\(number)"))
            }
        }
        try withServer(handler) { _, port in
            let client = try WireClient(port: port)
            try client.send((0..<20).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            #expect(try client.replies(20).map(\.text) == (0..<20).map { "\($0)" })
        }
    }

    @Test func servesIPv6AndLocalhost() throws {
        for host in ["::1", "localhost"] {
            do {
                try withServer(host: host) { _, port in
                    let result = try run("/usr/bin/curl", ["-s", "-g", host == "::1" ? "http://[::1]:\(port)/six" : "http://127.0.0.1:\(port)/six"])
                    #expect(result.output == "GET /six")
                }
            } catch let error as SystemError where error.code == EADDRNOTAVAIL || error.code == EAFNOSUPPORT {
                continue  // a machine without IPv6
            }
        }
    }

    @Test func aTakenPortIsAnError() throws {
        try withServer { _, port in
            let second = Server(
                configuration: ServerConfiguration(port: port), handler: ScriptedHandler(),
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
            #expect { try second.start() } throws: { ($0 as? SystemError)?.code == EADDRINUSE }
            #expect(second.port == nil)
        }
    }

    @Test func aServerStartsOnce() throws {
        try withServer { server, _ in
            #expect(throws: Server.Failure.alreadyStarted) { try server.start() }
        }
    }

    @Test func anErrorIsReadableThoughTheClientIsStillSending() throws {
        try withServer { _, port in
            let client = try WireClient(port: port)
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n")
            // 400 kB more, after which the answer must not have been lost to a reset.
            for _ in 0..<50 { try client.send([UInt8](repeating: 0, count: 8_192)) }
            #expect(try Reply.all(client.readToEnd()).map(\.status) == [413])
        }
    }

    @Test func aHalfClosedClientIsAnswered() throws {
        try withServer { _, port in
            let client = try WireClient(port: port)
            try client.send(get)
            client.closeSendingSide()
            #expect(try Reply.all(client.readToEnd()).map(\.status) == [200])
        }
    }

    @Test func slowClientsAreCutOffAndOthersServedMeanwhile() throws {
        var timeouts = ServerConfiguration.Timeouts()
        // The others' own heads must be there within it, on however busy a machine.
        timeouts.header = .seconds(2)
        try withServer(timeouts: timeouts) { _, port in
            let slow = try WireClient(port: port)
            let deadline = ContinuousClock.now + Patience.duration
            var isCutOff = false
            try slow.send("GET / HTTP/1.1\r\nX: ")
            while !isCutOff, ContinuousClock.now < deadline {
                isCutOff = (try? slow.send("x")) == nil
                let other = try WireClient(port: port)
                try other.send(lastGet)
                #expect(try Reply.all(other.readToEnd()).map(\.status) == [200])
                usleep(50_000)
            }
            #expect(isCutOff)
            #expect(try Reply.all(slow.readToEnd()).map(\.status) == [408])
        }
    }

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

    @Test func theHandlerLearnsThatTheClientLeft() throws {
        let left = DispatchSemaphore(value: 0)
        let held = Lock<[Responder]>([])
        let arrived = DispatchSemaphore(value: 0)
        let shelf = Shelf(held)
        let handler = ScriptedHandler { _, responder in
            responder.onDisconnect { left.signal() }
            shelf.responders.withLock { $0.append(responder) }
            arrived.signal()
        }
        try withServer(handler) { _, port in
            do {
                let client = try WireClient(port: port)
                try client.send(get)
                #expect(arrived.wait(timeout: Patience.deadline) == .success)
            }
            #expect(left.wait(timeout: Patience.deadline) == .success)
            // Who asks later is told at once.
            let late = DispatchSemaphore(value: 0)
            shelf.responders.withLock { $0.first?.onDisconnect { late.signal() } }
            #expect(late.wait(timeout: .now()) == .success)
        }
    }

    private final class Shelf: Sendable {
        let responders: Lock<[Responder]>
        init(_ responders: consuming Lock<[Responder]>) { self.responders = responders }
    }

    // MARK: Caps

    @Test func oneConnectionTooManyIsTurnedAway() throws {
        var limits = ServerConfiguration.Limits()
        limits.connections = 2
        try withServer(limits: limits) { _, port in
            let first = try WireClient(port: port)
            let second = try WireClient(port: port)
            for _ in 0..<2 {
                try first.send(get)
                #expect(try first.replies(1).map(\.status) == [200])
                try second.send(get)
                #expect(try second.replies(1).map(\.status) == [200])
            }
            let third = try WireClient(port: port)
            let replies = try Reply.all(third.readToEnd())
            #expect(replies.map(\.status) == [503] && replies[0]["retry-after"] == "1")
            try first.send(lastGet)
            _ = try first.readToEnd()
            first.closeSendingSide()
            var freed = false
            for _ in 0..<5_000 where !freed {
                let fourth = try WireClient(port: port)
                try? fourth.send(lastGet)
                freed = try Reply.all((try? fourth.readToEnd()) ?? []).map(\.status) == [200]
                usleep(20_000)
            }
            #expect(freed)
        }
    }

    @Test func oneAddressHasItsShare() throws {
        var limits = ServerConfiguration.Limits()
        limits.connectionsPerAddress = 1
        limits.capsLoopback = true
        try withServer(limits: limits) { _, port in
            let first = try WireClient(port: port)
            try first.send(get)
            #expect(try first.replies(1).map(\.status) == [200])
            #expect(try Reply.all(WireClient(port: port).readToEnd()).map(\.status) == [503])
        }
    }

    // MARK: Drain

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
            try idle.send(get)
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
        let shelf = Shelf(Lock([]))
        let arrived = DispatchSemaphore(value: 0)
        let handler = ScriptedHandler { _, responder in
            shelf.responders.withLock { $0.append(responder) }
            arrived.signal()
        }
        try withServer(handler) { server, port in
            let client = try WireClient(port: port)
            try client.send(get)
            #expect(arrived.wait(timeout: Patience.deadline) == .success)
            let drained = DispatchSemaphore(value: 0)
            server.drain(deadline: .milliseconds(100)) { drained.signal() }
            #expect(drained.wait(timeout: Patience.deadline) == .success)
            #expect((try? client.readToEnd()) ?? [] == [])
        }
    }

    // MARK: curl

    @Test func curlGetsPostsAndWaitsForContinue() throws {
        try withServer { _, port in
            let url = "http://127.0.0.1:\(port)/a"
            #expect(try run("/usr/bin/curl", ["-s", url, url]).output == "GET /aGET /a")
            let big = String(repeating: "x", count: 100_000)
            let posted = try run("/usr/bin/curl", ["-s", "-v", "-H", "Expect: 100-continue", "--data-binary", "@-", url], input: big)
            #expect(posted.output == big && posted.errors.contains("100 Continue"))
            let chunked = try run("/usr/bin/curl", ["-s", "-H", "Transfer-Encoding: chunked", "--data-binary", "@-", url], input: big)
            #expect(chunked.output == big)
            let head = try run("/usr/bin/curl", ["-s", "-I", url])
            #expect(head.output.hasPrefix("HTTP/1.1 200 OK\r\n") && head.output.contains("Content-Length: 7\r\n"))
        }
    }
}
