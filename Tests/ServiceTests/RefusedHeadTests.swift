import Foundation
import HTTP
import HTTPTypes
import JSON
import Locking
import Logging
import Service
import Testing

/// What HTTP refuses before a route is found carries what every answer carries, and stands in the log and the counts.
@Suite struct RefusedHeadTests {
    private final class Log: Sendable {
        let lines = Lock<[JSONValue]>([])

        var logger: Logger {
            Logger(label: "tests") { label in
                ServiceLogHandler(
                    label: label, format: .json, level: .info,
                    write: { line in
                        guard let value = try? JSONReader().read(line) else { return }
                        self.lines.withLock { $0.append(value) }
                    }, now: { "now" })
            }
        }
    }

    /// The fields of the one answer to these bytes, by their names in lower case.
    private func answer(_ text: String, _ bench: RoutingBench) throws -> (status: Int, fields: [String: String]) {
        let context = ServerContext(
            configuration: ServerConfiguration(), handler: bench.router, date: { "Sun, 06 Nov 1994 08:49:37 GMT" })
        var machine = ConnectionMachine(context, peer: .unknown, at: .now), written: [UInt8] = []
        _ = machine.receive(Array(text.utf8)[...], at: .now)
        while let (bytes, _) = machine.nextOutput {
            written += bytes
            _ = machine.wrote(bytes.count, at: .now)
        }
        let lines = String(decoding: written, as: UTF8.self).components(separatedBy: "\r\n").prefix { !$0.isEmpty }
        let status = try #require(lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        let pairs = lines.dropFirst().compactMap { line in
            line.firstIndex(of: ":").map { (line[..<$0].lowercased(), String(line[$0...].dropFirst(2))) }
        }
        return (status, Dictionary(pairs) { first, _ in first })
    }

    private static let named = "Host: phantom.test\r\nX-Request-Id: mine-1\r\n"

    /// Requests, the status of their answers, the method that is logged, and whether the id could be read.
    private static let refused = [
        ("BREW / HTTP/1.1\r\n\(named)\r\n", 501, "BREW", true),
        ("TRACE / HTTP/1.1\r\n\(named)\r\n", 405, "TRACE", true),
        ("POST / HTTP/1.1\r\n\(named)Content-Encoding: gzip\r\n\r\n", 415, "POST", true),
        ("POST / HTTP/1.1\r\n\(named)Expect: tea\r\n\r\n", 417, "POST", true),
        ("OPTIONS * HTTP/1.1\r\n\(named)\r\n", 204, "OPTIONS", true),
        ("OPTIONS /v1/jobs HTTP/1.1\r\n\(named)Content-Length: 65537\r\n\r\n", 413, "OPTIONS", true),
        ("POST /v1/models/reload HTTP/1.1\r\n\(named)Transfer-Encoding: chunked\r\n\r\nx\r\n", 400, "POST", true),
        ("GET / HTTP/2.0\r\n\(named)\r\n", 505, "-", false),
        ("GET  / HTTP/1.1\r\n\(named)\r\n", 400, "-", false),
        ("GET / HTTP/1.1\r\n\(named)\(String(repeating: "a: b\r\n", count: 101))\r\n", 431, "-", false),
        ("GET /\(String(repeating: "a", count: 8_192)) HTTP/1.1\r\n\(named)\r\n", 414, "-", false),
    ]

    @Test func whatIsRefusedHasAnIDAndALine() async throws {
        let log = Log()
        var settings = RoutingBench.Settings()
        settings.logger = log.logger
        let bench = try RoutingBench(settings)
        for (text, status, method, isNamed) in Self.refused {
            let answer = try answer(text, bench), comment: Comment = "\(text.prefix(60))"
            let id = try #require(answer.fields["x-request-id"], comment)
            #expect(answer.status == status && (id == "mine-1") == isNamed, comment)
            #expect(answer.fields["x-content-type-options"] == "nosniff" && answer.fields["server-timing"] != nil, comment)
            let lines = log.lines.withLock { lines in
                defer { lines = [] }
                return lines
            }
            try #require(lines.count == 1, comment)
            #expect(lines[0]["message"] == "request" && lines[0]["request_id"] == .string(id), comment)
            #expect(lines[0]["status"] == .integer(status) && lines[0]["method"] == .string(method), comment)
        }
        let measured = await bench.get("/metrics").text
        for sample in [#"method="other",route="-",status="501""#, #"method="other",route="-",status="505""#] {
            #expect(measured.contains("phantom_http_requests_total{\(sample)} 1\n"), "\(sample)")
        }
    }

    /// An answer in place of another has the id under which that one stands in the log.
    @Test func whatReplacesAnAnswerKeepsItsID() throws {
        let bench = try RoutingBench()
        let given = Response(status: .ok, fields: [HTTPField.Name("X-Request-Id")!: "first"])
        let answer = bench.router.complete(Response(status: .serviceUnavailable), to: nil, insteadOf: given)
        #expect(Answer(answer)[field: "X-Request-Id"] == "first")
    }
}
