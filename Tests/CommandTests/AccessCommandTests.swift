import Bytes
import Foundation
import TestSupport
import Testing

/// `phantom token` and `phantom audit`, which the service's program does.
@Suite struct AccessCommandTests {
    @Test func aTokenIsShownOnceWithItsEntry() throws {
        let run = try PhantomCommand("token", "new", "ann.b", "--scope", "admin", "--scope", "read")
        #expect(run.status == 0, "\(run.errors)")
        let lines = run.output.split(separator: "\n").map(String.init)
        try #require(lines.count == 4)
        #expect(lines[1].wholeMatch(of: /phantom_[0-9a-f]{64}/) != nil)
        let digest = Digest(of: lines[1]).hexadecimal
        #expect(lines[3] == #"{"name":"ann.b","sha256":"\#(digest)","scopes":["read","admin"]}"# || lines[3].contains(digest))
        let again = try PhantomCommand("token", "new", "ann.b")
        #expect(again.output.contains(#"["read","submit"]"#) && !again.output.contains(lines[1]))
    }

    @Test func whatCannotBeATokenIsRefused() throws {
        let name = try PhantomCommand("token", "new", "a b")
        #expect(name.status == 64 && name.errors.contains("a name of 1 to 64"))
        #expect(name.errors.contains("Usage: phantom token new <name>"), "\(name.errors)")
        #expect(try PhantomCommand("token", "new", "--", "-x").status == 64)
        #expect(try PhantomCommand("token", "new", "ann", "--scope", "write").status == 64)
        #expect(try PhantomCommand("token", "new").status == 64)
    }

    /// Of a store that a version before had, and of none.
    @Test func aStoreWithoutALogIsNamed() throws {
        let folder = try TemporaryFolder()
        let store = "\(folder.path)/s.sqlite"
        func verify() throws -> PhantomCommand {
            try PhantomCommand(["audit", "verify"], environment: ["PHANTOM_DATABASE": "sqlite:\(store)"])
        }
        let none = try verify()
        #expect(none.status == 1 && none.errors.contains(store) && none.errors.contains("no such file"))
        #expect(!FileManager.default.fileExists(atPath: store), "nothing is made")
        try FileManager.default.copyItem(atPath: "\(PhantomCommand.root)/Tests/Fixtures/stores/schema-gallery.store", toPath: store)
        let old = try verify()
        #expect(old.status == 1 && old.errors.contains("has no audit log"))
        #expect(try PhantomCommand("audit", "verify", "--head", "abc").status == 64)
        #expect(try PhantomCommand("audit", "export", "--after=-1").status == 64)
    }
}
