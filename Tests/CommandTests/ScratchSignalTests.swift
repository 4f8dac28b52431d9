import Foundation
import TestSupport
import Testing

/// Patients' pixels lie in a command's scratch folder: it goes also where the command is broken off.
@Suite("Scratch folders of commands that are broken off")
struct ScratchSignalTests {
    private static let copying = PhantomCommand.root + "/Tests/Fixtures/copies/copying_model"

    /// Runs a command until something of its scratch folder is so, and breaks it off.
    /// - Parameter isReady: of the path of the folder.
    /// - Returns: the exit status, and what is left in the folder for temporary files.
    private func breakOff(
        _ arguments: [String], _ signal: Int32, when isReady: (String) -> Bool = { _ in true }
    ) throws -> (status: Int32?, left: [String]) {
        let folder = try TemporaryFolder()
        let command = try ChildProcess(
            ChildProcess.sibling("phantom"), arguments, environment: ["TMPDIR": folder.path])
        func scratch() throws -> String? {
            try FileManager.default.contentsOfDirectory(atPath: folder.path).first { $0.hasPrefix("phantom-") }
        }
        let wasReady = try eventually {
            let place = try scratch()
            return !command.isRunning || (place.map { isReady("\(folder.path)/\($0)") } ?? false)
        }
        #expect(wasReady, "\(command.standardError)")
        command.signal(signal)
        let status = command.exitStatus(within: 60)
        return (status, try FileManager.default.contentsOfDirectory(atPath: folder.path))
    }

    @Test(arguments: [SIGINT, SIGTERM]) func anAuditLeavesNothing(_ signal: Int32) throws {
        let end = try breakOff(
            ["copies", "audit", "--model", Self.copying, "--per-condition", "100000", "--threads", "1"], signal
        ) { FileManager.default.fileExists(atPath: "\($0)/set-1/augment.json") }
        #expect(end.status == 128 + signal && end.left.isEmpty, "\(end)")
    }

    /// Their folder is there for a moment: at its first sight.
    @Test func aPlanAndAnIndexLeaveNothing() throws {
        let training = try SmallTraining(), model = "\(training.temporary.path)/model"
        try FileManager.default.copyItem(atPath: Self.copying, toPath: model)
        for arguments in [
            ["train", "--config", training.settings, "--plan"],
            ["copies", "index", "--kind", "folder", "--path", training.images, "--model", model],
        ] {
            let end = try breakOff(arguments, SIGINT)
            #expect(end.left.isEmpty, "\(end)")
        }
    }
}
