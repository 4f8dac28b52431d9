import Foundation
import JSON
import Synchronization

/// A program run by a test, ended with it.
final class ChildProcess: Sendable {
    /// What came out of a pipe until now.
    private final class Collected: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    // Foundation's Process is not Sendable; it is touched under this lock alone.
    private let process: Mutex<Process>
    let identifier: Int32
    private let out = Collected()
    private let error = Collected()
    private let readers = DispatchGroup()
    private let ended = DispatchGroup()

    /// The executables that are built beside the tests.
    static let phantom = sibling("phantom")

    static func sibling(_ name: String) -> String {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent(name).path
    }

    init(_ program: String, _ arguments: [String], environment: [String: String] = [:], standardInput: Pipe? = nil) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PHANTOM_") }.merging(environment) { $1 }
        let (outPipe, errorPipe) = (Pipe(), Pipe())
        process.standardOutput = outPipe
        process.standardError = errorPipe
        process.standardInput = standardInput ?? FileHandle.nullDevice
        let ended = ended
        ended.enter()
        process.terminationHandler = { _ in ended.leave() }
        try process.run()
        identifier = process.processIdentifier
        self.process = Mutex(process)
        collect(outPipe.fileHandleForReading, into: out)
        collect(errorPipe.fileHandleForReading, into: error)
    }

    deinit {
        if isRunning { kill(identifier, SIGKILL) }
    }

    private func collect(_ handle: FileHandle, into collected: Collected) {
        readers.enter()
        Thread { [readers] in
            while case let data = handle.availableData, !data.isEmpty { collected.bytes.withLock { $0 += data } }
            readers.leave()
        }.start()
    }

    var isRunning: Bool { process.withLock { $0.isRunning } }
    var standardOutput: [UInt8] { out.bytes.withLock { $0 } }
    var standardError: String { error.bytes.withLock { String(decoding: $0, as: UTF8.self) } }

    func signal(_ number: Int32) { kill(identifier, number) }

    /// The exit status, or 128 + the signal, once it has ended and all its output is here; nil if that takes longer.
    func exitStatus(within seconds: Double = 60) -> Int32? {
        guard ended.wait(timeout: .now() + seconds) == .success, readers.wait(timeout: .now() + 10) == .success else { return nil }
        return process.withLock { $0.terminationReason == .exit ? $0.terminationStatus : 128 + $0.terminationStatus }
    }
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
        settings["database"] = .string("sqlite:\(database)")
        settings["port"] = 0
        settings["models"] = [["path": .string(model)]]
        if settings["log"] == nil { settings["log"] = ["level": "info", "format": "json"] }
        try SmallCheckpoint.write(settings, to: config)
        let program = probing == nil ? ChildProcess.phantom : ChildProcess.sibling("ServiceStopProbe")
        let arguments = probing.map { [$0, config] } ?? ["serve", "--config", config]
        child = try ChildProcess(program, arguments, environment: environment)
        port = try Self.waitForReadiness(of: child)
    }

    private static func waitForReadiness(of child: ChildProcess) throws -> Int {
        for _ in 0..<1200 {
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
            "/usr/bin/curl", ["-sS", "--max-time", "100", "-w", "\n%{http_code}", "http://127.0.0.1:\(port)\(path)"] + arguments)
        guard request.exitStatus(within: 120) == 0 else { throw UnexpectedAnswer(answer: request.standardError) }
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

    /// Waits until `isEnough`, at most so long.
    func wait(for id: String, seconds: Double = 300, until isEnough: (JSONValue) -> Bool) throws -> JSONValue {
        let deadline = Date(timeIntervalSinceNow: seconds)
        var job = try json("/v1/jobs/\(id)")
        while !isEnough(job) {
            guard Date() < deadline else { throw UnexpectedAnswer(answer: "\(id) stays \(job["status"]?.string ?? "?")") }
            job = try json("/v1/jobs/\(id)?wait=2")
        }
        return job
    }

    func waitForEnd(of id: String) throws -> JSONValue {
        try wait(for: id) { ["succeeded", "failed", "cancelled"].contains($0["status"]?.string) }
    }
}
