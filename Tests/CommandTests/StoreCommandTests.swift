import Foundation
import TestSupport
import Testing

/// `phantom store`, which the service's program does.
@Suite struct StoreCommandTests {
    private let folder: TemporaryFolder
    private var old: String { "\(folder.path)/old.sqlite" }
    private var new: String { "\(folder.path)/new.sqlite" }

    init() throws {
        folder = try TemporaryFolder()
        let fixture = "\(PhantomCommand.root)/Tests/Fixtures/stores/version-0.1.0.store"
        try FileManager.default.copyItem(atPath: fixture, toPath: old)
    }

    /// A store of a version before becomes one of this, is checked, backed up and made smaller.
    @Test func aStoreGoesThroughAllOfThem() throws {
        let earlier = try PhantomCommand("store", "check", "--database", "sqlite:\(old)")
        #expect(earlier.status == 0 && earlier.output.contains("written by an earlier version"), "\(earlier)")
        let copy = try PhantomCommand("store", "copy", "sqlite:\(old)", "sqlite:\(new)")
        #expect(copy.status == 0, "\(copy)")
        let digests = copy.output.split(separator: "\n").filter { $0.contains("  sqlite:") }.map { $0.prefix(64) }
        #expect(digests.count == 2 && digests[0] == digests[1])
        let check = try PhantomCommand(["store", "check"], environment: ["PHANTOM_DATABASE": "sqlite:\(new)"])
        #expect(check.status == 0 && check.output.contains("4 jobs (4 from before recipes were kept)"), "\(check)")
        #expect(check.output.contains("no fault"))
        let backup = "\(folder.path)/backup.sqlite"
        func backUp(_ more: String...) throws -> PhantomCommand {
            try PhantomCommand(["store", "backup", backup, "--database=sqlite:\(new)"] + more, environment: [:])
        }
        #expect(try backUp().status == 0)
        let again = try backUp()
        #expect(again.status == 1 && again.errors.contains("--replace"))
        #expect(try backUp("--replace").status == 0)
        let vacuum = try PhantomCommand("store", "vacuum", "--database", "sqlite:\(new)")
        #expect(vacuum.status == 0 && vacuum.output.contains(" bytes before, "), "\(vacuum)")
        let same = try PhantomCommand("store", "copy", "sqlite:\(new)", "sqlite:\(backup)")
        #expect(same.status == 0 && same.output.contains(digests.first ?? "?"), "\(same)")
    }

    @Test func whatIsNoStoreIsRefused() throws {
        for arguments in [["check"], ["backup", "\(folder.path)/b"], ["vacuum"]] {
            let run = try PhantomCommand(["store"] + arguments + ["--database=sqlite:\(new)"], environment: [:])
            #expect(run.status == 1 && run.errors.contains("no such file"), "\(run)")
            #expect(!FileManager.default.fileExists(atPath: new))
        }
        let none = try PhantomCommand("store", "copy", "sqlite:\(new)", "sqlite:\(folder.path)/x")
        #expect(none.status == 1 && none.errors.contains("no such file"))
        let postgres = try PhantomCommand("store", "backup", "x", "--database", "postgres://u:secret@h/d")
        #expect(postgres.status == 1 && postgres.errors.contains("pg_dump") && !postgres.errors.contains("secret"))
        #expect(try PhantomCommand("store", "copy", "sqlite:\(old)").status == 64)
    }

    /// By their words alone, before any store is looked at.
    @Test(arguments: [
        ["copy", "mysql://x", "sqlite:y"], ["copy", "sqlite:x", "y"], ["check", "--database", "mysql://x"],
        ["backup", "b", "--database", "sqlite:"], ["vacuum", "--database", "x"], ["sweep", "--database", "x"],
    ])
    func wordsThatNameNoStoreAreUsage(_ arguments: [String]) throws {
        let run = try PhantomCommand(["store"] + arguments, environment: [:])
        #expect(run.status == 64 && run.errors.contains("expected sqlite:PATH or postgres://"), "\(run)")
        #expect(run.errors.contains("Usage: phantom store \(arguments[0])"), "\(run)")
    }

    @Test(arguments: ["--images", "--source-images"])
    func placesOfImagesOfAnotherFormAreUsage(_ option: String) throws {
        let run = try PhantomCommand("store", "copy", "sqlite:x", "sqlite:y", option, "{")
        #expect(run.status == 64 && run.errors.contains("\(option): expected a directory, or JSON"), "\(run)")
    }
}
