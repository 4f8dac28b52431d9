import Foundation
import TestSupport
import Testing

/// What the programs are linked with: the service alone has a database in it.
@Suite struct LinkageTests {
    private static let ldd = "/usr/bin/ldd"

    /// The libraries that the system loads for a program.
    private func libraries(_ program: String) throws -> String {
        let run = try ChildProcess(Self.ldd, [ChildProcess.sibling(program)])
        #expect(run.exitStatus() == 0, "\(run.standardError)")
        return String(decoding: run.standardOutput, as: UTF8.self)
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: ldd), "needs ldd"))
    func onlyTheServiceLoadsSQLite() throws {
        let command = try libraries("phantom")
        #expect(command.contains("libpng") && !command.contains("sqlite"), "\(command)")
        #expect(try libraries("phantom-serve").contains("libsqlite3"))
    }

    @Test func serveBecomesTheServiceWithItsOptions() throws {
        let folder = try TemporaryFolder()
        let config = "\(folder.path)/no settings.json"
        let run = try PhantomCommand("serve", "--config", config, "--port", "0", "--model=--x")
        #expect(run.status == 1 && run.errors.contains(config), "\(run.errors)")
        let help = try PhantomCommand("serve", "--help")
        #expect(help.status == 0 && help.output.contains("phantom serve") && help.output.contains("--config"))
        #expect(try PhantomCommand("serve", "--port", "70000").status == 64)
    }

    /// Without its sibling it says what is missing, and where; the other commands need none.
    @Test func aMissingServiceIsNamed() throws {
        let folder = try TemporaryFolder()
        let lonely = "\(folder.path)/phantom"
        // By another process: a child that another test starts meanwhile would inherit this one's open file, and what is
        // open for writing cannot be run (execve(2): ETXTBSY).
        #expect(try ChildProcess("/usr/bin/env", ["cp", ChildProcess.sibling("phantom"), lonely]).exitStatus() == 0)
        let serve = try ChildProcess(lonely, ["serve"])
        #expect(serve.exitStatus() == 1)
        #expect(serve.standardError.contains("\(lonely)-serve") && serve.standardError.contains("No such file"))
        #expect(try ChildProcess(lonely, ["inspect", "--help"]).exitStatus() == 0)
    }
}
