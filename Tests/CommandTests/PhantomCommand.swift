import Foundation

/// The built command, run as users run it.
struct PhantomCommand {
    let status: Int32
    let output: String
    let errors: String

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    init(_ arguments: String...) throws { try self.init(arguments, environment: [:]) }

    /// - Parameter environment: added to this process's own.
    init(_ arguments: [String], environment: [String: String]) throws {
        // The test program lies beside the command.
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program).deletingLastPathComponent().appendingPathComponent("phantom")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        // What inspect writes to standard error is one line: no deadlock from reading one pipe after the other.
        self.output = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        self.errors = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        status = process.terminationStatus
    }
}
