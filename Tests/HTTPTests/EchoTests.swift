import Foundation
import Testing
import Wire

/// HTTPEcho from outside: what the development executable promises, and what a process without descriptors does.
@Suite(.timeLimit(.minutes(10))) struct EchoTests {
    private func ask(_ echo: EchoProcess, _ request: String, heads: Set<Int> = []) throws -> [Reply] {
        let client = try WireClient(port: echo.port)
        try client.send(request)
        client.closeSendingSide()
        return try Reply.all(client.readToEnd(), heads: heads)
    }

    @Test func answersAsPromised() throws {
        let echo = try EchoProcess()
        let host = " HTTP/1.1\r\nHost: a\r\n"
        #expect(try ask(echo, "GET /\(host)\r\n").map(\.status) == [200])
        #expect(try ask(echo, "HEAD /\(host)\r\n", heads: [0]).map(\.status) == [200])
        let options = try ask(echo, "OPTIONS /\(host)\r\n")
        #expect(options.map(\.status) == [200] && options[0]["allow"] == "GET, HEAD, POST, OPTIONS")
        #expect(try ask(echo, "OPTIONS *\(host)\r\n").map(\.status) == [204])
        #expect(try ask(echo, "POST /\(host)Content-Length: 5\r\n\r\nhello").map(\.text) == ["hello"])
        #expect(try ask(echo, "GET /x\(host)\r\n").map(\.status) == [404])
        for method in ["PUT", "DELETE", "PATCH", "TRACE"] {
            let reply = try ask(echo, "\(method) /\(host)\r\n")
            #expect(reply.map(\.status) == [405] && reply[0]["allow"] == "GET, HEAD, POST, OPTIONS")
        }
        #expect(try ask(echo, "BREW /\(host)\r\n").map(\.status) == [501])
        echo.terminate()
        #expect(echo.waitForExit() == 0)
    }

    @Test func terminatesWithOpenConnections() throws {
        let echo = try EchoProcess()
        let client = try WireClient(port: echo.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.replies(1).map(\.status) == [200])
        let silent = try WireClient(port: echo.port)
        echo.terminate()
        #expect(try client.readToEnd().isEmpty)
        #expect(try silent.readToEnd().isEmpty)
        #expect(echo.waitForExit() == 0)
    }

    /// The limit is lowered under the running process: accept(2) then fails with EMFILE though no cap is reached.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/prlimit")))
    func outOfDescriptorsItNeitherSpinsNorDies() throws {
        let echo = try EchoProcess()
        let first = try WireClient(port: echo.port)
        try first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try first.replies(1).map(\.status) == [200])
        #expect(try run("/usr/bin/prlimit", ["--pid", "\(echo.id)", "--nofile=\(echo.descriptors):\(echo.descriptors)"]).status == 0)
        // A few numbers below the limit are still free; when they are used up, every further client is turned away.
        var served: [WireClient] = []
        var refused = 0
        for _ in 0..<80 where refused < 20 {
            let client = try WireClient(port: echo.port)
            try? client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let replies = (try? client.replies(1)) ?? []
            if replies.map(\.status) == [200] {
                served.append(client)
            } else {
                refused += 1
                #expect(replies.allSatisfy { $0.status == 503 })
            }
        }
        #expect(refused == 20)
        try first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try first.replies(1).map(\.status) == [200])
        let before = echo.cpuTicks
        Thread.sleep(forTimeInterval: 1)
        #expect(echo.cpuTicks - before < 50, "half a second of work in one of waiting is a spin")
        #expect(echo.isRunning)
        // The connection that is given back is enough for the next client.
        try first.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        _ = try first.readToEnd()
        first.closeSendingSide()
        var recovered = false
        for _ in 0..<2_000 where !recovered {
            recovered = (try? ask(echo, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").map(\.status)) == [200]
            if !recovered { Thread.sleep(forTimeInterval: 0.05) }
        }
        #expect(recovered)
    }
}
