import Foundation

/// Runs a program to its end.
func run(_ path: String, _ arguments: [String], input: String = "") throws -> (output: String, errors: String, status: Int32) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
    process.standardInput = stdin
    process.standardOutput = stdout
    process.standardError = stderr
    try process.run()
    let feed = DispatchQueue(label: "stdin")
    feed.async {
        try? stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try? stdin.fileHandleForWriting.close()
    }
    let errors = Collected()
    let drained = DispatchGroup()
    DispatchQueue(label: "stderr").async(group: drained) { errors.set(stderr.fileHandleForReading.readDataToEndOfFile()) }
    let output = stdout.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    drained.wait()
    return (String(decoding: output, as: UTF8.self), String(decoding: errors.get(), as: UTF8.self), process.terminationStatus)
}

private final class Collected: @unchecked Sendable {
    private let lock = NSLock()
    private var data = Data()
    func set(_ value: Data) { lock.withLock { data = value } }
    func get() -> Data { lock.withLock { data } }
}

/// HTTPEcho as a process of its own, on a port that the system chose.
final class EchoProcess {
    private let process = Process()
    private let log = Pipe()
    let port: UInt16

    enum Failure: Error, Equatable {
        case noPort(String)
        case missing(String)
    }

    init() throws {
        // Test bundle and executables are built side by side.
        let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let candidates = [folder, Bundle.main.bundleURL, Bundle.main.bundleURL.deletingLastPathComponent()]
        guard let path = candidates.map({ $0.appendingPathComponent("HTTPEcho").path }).first(where: FileManager.default.isExecutableFile(atPath:))
        else { throw Failure.missing("HTTPEcho beside \(folder.path)") }
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["--port", "0"]
        process.standardError = log
        try process.run()
        var text = ""
        while !text.contains("listening") {
            let more = log.fileHandleForReading.availableData
            if more.isEmpty { throw Failure.noPort(text) }
            text += String(decoding: more, as: UTF8.self)
        }
        let digits = text.split(separator: "port=").last?.prefix { $0.isNumber } ?? ""
        guard let port = UInt16(digits) else { throw Failure.noPort(text) }
        self.port = port
    }

    var id: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    func terminate() { process.terminate() }

    func waitForExit() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// User and system time so far, in clock ticks (hundredths of a second).
    var cpuTicks: Int {
        let fields = (try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8))?.split(separator: " ") ?? []
        return fields.count > 14 ? (Int(fields[13]) ?? 0) + (Int(fields[14]) ?? 0) : 0
    }

    var descriptors: Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/fd").count) ?? 0 }

    deinit {
        if process.isRunning { process.interrupt(); process.terminate() }
    }
}
