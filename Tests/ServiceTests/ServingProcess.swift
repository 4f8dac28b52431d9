import Foundation
import JSON
import TestSupport

extension ChildProcess {
    static let phantom = sibling("phantom")
}

/// `phantom serve` on a free port.
final class ServingProcess: Sendable {
    let child: ChildProcess
    let port: Int

    /// Returns when `/readyz` would say yes.
    /// - Parameter probing: what hangs in it (see `ServiceStopProbe`); nil is the program itself.
    init(
        model: String, database: String, settings: JSONObject = [:], environment: [String: String] = [:], probing: String? = nil
    ) throws {
        let config = database + ".config.json"
        var settings = settings
        if settings["database"] == nil { settings["database"] = .string("sqlite:\(database)") }
        settings["port"] = 0
        if settings["models"] == nil { settings["models"] = [["path": .string(model)]] }
        if settings["log"] == nil { settings["log"] = ["level": "info", "format": "json"] }
        try SmallCheckpoint.write(settings, to: config)
        let program = probing == nil ? ChildProcess.phantom : ChildProcess.sibling("ServiceStopProbe")
        let arguments = probing.map { [$0, config] } ?? ["serve", "--config", config]
        child = try ChildProcess(program, arguments, environment: environment)
        port = try Self.waitForReadiness(of: child)
    }

    private static func waitForReadiness(of child: ChildProcess) throws -> Int {
        let deadline = Date(timeIntervalSinceNow: Patience.seconds)
        while Date() < deadline {
            let lines = child.standardError.split(separator: "\n").compactMap { try? JSONReader().read(String($0)) }
            if lines.contains(where: { $0["message"] == "ready" }),
                let port = lines.first(where: { $0["message"] == "listening" })?["port"]?.string.flatMap({ Int($0) })
            {
                return port
            }
            guard child.isRunning else { break }
            Thread.sleep(forTimeInterval: 0.05)
        }
        throw UnexpectedAnswer(answer: "the service does not get ready: \(child.standardError)")
    }

    /// What `curl` gets: status and body.
    func curl(_ path: String, _ arguments: [String] = []) throws -> (status: Int, body: [UInt8]) {
        let request = try ChildProcess(
            "/usr/bin/curl", ["-sS", "--max-time", "170", "-w", "\n%{http_code}", "http://127.0.0.1:\(port)\(path)"] + arguments)
        guard request.exitStatus() == 0 else { throw UnexpectedAnswer(answer: request.standardError) }
        let output = request.standardOutput
        guard let end = output.lastIndex(of: UInt8(ascii: "\n")), let status = Int(String(decoding: output[(end + 1)...], as: UTF8.self))
        else { throw UnexpectedAnswer(answer: String(decoding: output, as: UTF8.self)) }
        return (status, Array(output[..<end]))
    }

    func json(_ path: String, _ arguments: [String] = []) throws -> JSONValue {
        try JSONReader().read(curl(path, arguments).body)
    }

    func post(_ body: String, _ arguments: [String] = []) throws -> (status: Int, job: JSONValue) {
        let answer = try curl("/v1/generations", ["-H", "Content-Type: application/json", "-d", body] + arguments)
        return (answer.status, try JSONReader().read(answer.body))
    }

    /// The settings with which it tells, among much else, when progress is on the disk (`waitForSave`). It computes on
    /// one thread, however many cores there are: `LongJob` says how long that takes.
    static let telling: JSONObject = [
        "log": ["level": "debug", "format": "json"], "workers": 1, "threads_per_worker": 1,
    ]

    /// Waits until progress of a job has been written that nobody has had to ask for.
    func waitForSave() throws {
        guard child.hasLogged("progress is saved") else {
            throw UnexpectedAnswer(answer: "no progress was saved: \(child.standardError)")
        }
    }

    /// Waits until `isEnough`, at most so long.
    func wait(for id: String, seconds: Double = 600, until isEnough: (JSONValue) -> Bool) throws -> JSONValue {
        let deadline = Date(timeIntervalSinceNow: seconds)
        var job = try json("/v1/jobs/\(id)")
        while !isEnough(job) {
            guard Date() < deadline else { throw UnexpectedAnswer(answer: "\(id) stays \(job["status"]?.string ?? "?")") }
            job = try json("/v1/jobs/\(id)?wait=2")
        }
        return job
    }

    /// The job of a request for generation, once it has ended.
    func finished(_ body: String) throws -> JSONValue {
        let (status, job) = try post(body)
        guard let id = job["id"]?.string else { throw UnexpectedAnswer(answer: "\(status) \(job)") }
        return try waitForEnd(of: id)
    }

    func waitForEnd(of id: String) throws -> JSONValue {
        try wait(for: id) { ["succeeded", "failed", "cancelled"].contains($0["status"]?.string) }
    }
}
