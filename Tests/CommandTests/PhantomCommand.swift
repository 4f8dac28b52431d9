import Foundation
import TestSupport

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
        let command = try ChildProcess(ChildProcess.sibling("phantom"), arguments, environment: environment)
        guard let status = command.exitStatus(within: 600) else { throw TooLong(arguments: arguments) }
        self.status = status
        output = String(decoding: command.standardOutput, as: UTF8.self)
        errors = command.standardError
    }

    /// A command that had not ended after ten minutes.
    struct TooLong: Error {
        let arguments: [String]
    }
}
