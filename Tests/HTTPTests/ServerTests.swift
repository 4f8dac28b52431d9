import Dispatch
import Glibc
import HTTP
import Logging
import TestSupport
import Testing
import Wire

/// The server on real sockets. A limit on time turns a hang into a failure.
@Suite(.timeLimit(.minutes(10))) struct ServerTests {
    @Test func answersAndKeepsTheConnection() throws {
        try withServer { _, port in
            let client = try WireClient(port: port)
            for _ in 0..<3 {
                try client.send(plainGet)
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
            try client.send(plainGet)
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

    @Test func theHandlerLearnsThatTheClientLeft() throws {
        let left = DispatchSemaphore(value: 0)
        let arrived = DispatchSemaphore(value: 0)
        let desk = AnswerDesk()
        let handler = ScriptedHandler { _, responder in
            responder.onDisconnect { left.signal() }
            desk.responders.withLock { $0.append(responder) }
            arrived.signal()
        }
        try withServer(handler) { _, port in
            do {
                let client = try WireClient(port: port)
                try client.send(plainGet)
                #expect(arrived.wait(timeout: Patience.deadline) == .success)
            }
            #expect(left.wait(timeout: Patience.deadline) == .success)
            // Who asks later is told at once.
            let late = DispatchSemaphore(value: 0)
            desk.responders.withLock { $0.first?.onDisconnect { late.signal() } }
            #expect(late.wait(timeout: .now()) == .success)
        }
    }

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
