import Foundation
import TestSupport

/// Runs a program to its end.
func run(_ path: String, _ arguments: [String], input: String = "") throws -> (output: String, errors: String, status: Int32) {
    let child = try ChildProcess(path, arguments, takesInput: true)
    child.write(Array(input.utf8))
    child.closeInput()
    guard let status = child.exitStatus() else { throw EchoProcess.Failure.noEnd(path) }
    return (String(decoding: child.standardOutput, as: UTF8.self), child.standardError, status)
}

/// HTTPEcho as a process of its own, on a port that the system chose.
final class EchoProcess {
    private let process: ChildProcess
    let port: UInt16

    enum Failure: Error, Equatable {
        case noPort(String)
        case noEnd(String)
    }

    init() throws {
        process = try ChildProcess(ChildProcess.sibling("HTTPEcho"), ["--port", "0"], output: .collected, errors: .standardOutput)
        let text = process.output(until: "listening")
        let digits = text.split(separator: "port=").last?.prefix { $0.isNumber } ?? ""
        guard let port = UInt16(digits) else { throw Failure.noPort(text) }
        self.port = port
    }

    var id: Int32 { process.identifier }
    var isRunning: Bool { process.isRunning }

    func terminate() { process.signal(SIGTERM) }

    func waitForExit() -> Int32? { process.exitStatus() }

    /// User and system time so far, in clock ticks (hundredths of a second).
    var cpuTicks: Int {
        let fields = (try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8))?.split(separator: " ") ?? []
        return fields.count > 14 ? (Int(fields[13]) ?? 0) + (Int(fields[14]) ?? 0) : 0
    }

    var descriptors: Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/fd").count) ?? 0 }
}
