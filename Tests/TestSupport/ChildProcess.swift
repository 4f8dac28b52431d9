import Foundation
import Glibc
import Locking

/// A program run by a test, and killed with the last reference to it.
///
/// Not Foundation's `Process`: that keeps descriptors after its end, and before each start it copies the names in
/// `/proc/self/fd` at their declared 256 bytes, beyond the last one's end. With about 1,360 descriptors open the last
/// entry of a full buffer lies at the end of mapped memory, and the test program dies.
package final class ChildProcess: Sendable {
    /// Where one of the child's outputs goes.
    package enum Destination: Sendable {
        /// Kept in memory, for `standardOutput` or `standardError`.
        case collected
        /// Standard error only: into the same place as standard output.
        case standardOutput
        /// An open descriptor, which stays the caller's.
        case descriptor(Int32)
        case nowhere
    }

    package struct NotStarted: Error, CustomStringConvertible {
        package let program: String
        package let reason: String
        package var description: String { "\(program) does not start: \(reason)" }
    }

    /// The number by which the system knows it.
    package let identifier: Int32
    private let output = OutputPipe()
    private let errors = OutputPipe()
    private let input: Lock<Int32?>
    private let ending: ProcessEnding

    /// - Parameters:
    ///   - program: the path of an executable file.
    ///   - environment: added to this process's own, of which Phantom's variables are left out.
    ///   - takesInput: whether `write(_:)` will be called; otherwise it reads an empty file.
    /// - Throws: `NotStarted`.
    package init(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], takesInput: Bool = false,
        output outputPlace: Destination = .collected, errors errorPlace: Destination = .collected
    ) throws {
        var spawn = SpawnPlan(program, arguments, Self.environment(adding: environment))
        let writing = try spawn.connectInput(takesInput)
        input = Lock(writing)
        try spawn.connect(1, to: outputPlace, collecting: output)
        try spawn.connect(2, to: errorPlace, collecting: errors)
        do {
            identifier = try spawn.start()
        } catch {
            if let writing { close(writing) }
            throw error
        }
        ending = ProcessEnding(of: identifier)
        output.collect()
        errors.collect()
    }

    deinit {
        if isRunning { kill(identifier, SIGKILL) }
        closeInput()
    }

    private static func environment(adding variables: [String: String]) -> [String: String] {
        ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PHANTOM_") }.merging(variables) { $1 }
    }

    /// The path of an executable that is built beside the test program.
    package static func sibling(_ name: String) -> String {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent(name).path
    }

    package var isRunning: Bool { ending.status == nil }
    /// What it has written until now.
    package var standardOutput: [UInt8] { output.bytes }
    package var standardError: String { String(decoding: errors.bytes, as: UTF8.self) }

    package func signal(_ number: Int32) {
        if isRunning { kill(identifier, number) }
    }

    /// Writes into its standard input. What a child that has ended does not read is lost.
    package func write(_ bytes: [UInt8]) {
        guard let descriptor = input.withLock({ $0 }) else { return }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    package func closeInput() {
        input.withLock { descriptor in
            if let descriptor { close(descriptor) }
            descriptor = nil
        }
    }

    /// Waits until standard output holds `word`, all output is there, or the time is over.
    /// - Returns: what has been written.
    package func output(until word: String, within seconds: Double = Patience.seconds) -> String {
        wait(within: seconds) { String(decoding: output.bytes, as: UTF8.self).contains(word) || output.isWhole }
        return String(decoding: output.bytes, as: UTF8.self)
    }

    /// Waits until standard error holds `word`, the process has ended, or the time is over.
    /// - Returns: whether it holds it.
    @discardableResult
    package func hasLogged(_ word: String, within seconds: Double = Patience.seconds) -> Bool {
        wait(within: seconds) { standardError.contains(word) || !isRunning }
        return standardError.contains(word)
    }

    private func wait(within seconds: Double, until isSo: () -> Bool) {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while !isSo(), ContinuousClock.now < deadline { usleep(5_000) }
    }

    /// The exit status, or 128 + the signal, once it has ended and all its output is here; nil if that takes longer.
    package func exitStatus(within seconds: Double = Patience.seconds) -> Int32? {
        guard let status = ending.wait(seconds), output.wait(60), errors.wait(60) else { return nil }
        return status
    }
}
