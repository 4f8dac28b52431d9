import Foundation
import Jobs
import JobsFakeEngine
import JobsSQLite
import TestSupport
import Testing

/// The store's files under a running process: whatever takes their names away, nothing is promised any more.
@Suite struct StoreReplacedTests {
    /// What a careless hand, a backup or another process does to the files.
    enum Change: String, CaseIterable {
        case databaseRemoved, everythingRemoved, logRemoved, lockRemoved, databaseLinked, lockLinked, databaseReplaced
        case folderMoved, folderSwapped

        func apply(_ path: String) throws {
            let files = FileManager.default, folder = (path as NSString).deletingLastPathComponent
            switch self {
            case .databaseRemoved: try files.removeItem(atPath: path)
            case .everythingRemoved:
                for name in try files.contentsOfDirectory(atPath: folder) { try files.removeItem(atPath: "\(folder)/\(name)") }
            case .logRemoved: try files.removeItem(atPath: path + "-wal")
            case .lockRemoved: try files.removeItem(atPath: path + ".lock")
            case .databaseLinked: try files.linkItem(atPath: path, toPath: path + ".copy")
            case .lockLinked: try files.linkItem(atPath: path + ".lock", toPath: path + ".lock2")
            case .databaseReplaced:
                try files.copyItem(atPath: path, toPath: path + ".new")
                guard unsafe rename(path + ".new", path) == 0 else { throw POSIXError(.EIO) }
            case .folderMoved: try files.moveItem(atPath: folder, toPath: folder + "-moved")
            case .folderSwapped:
                try files.moveItem(atPath: folder, toPath: folder + "-moved")
                try files.copyItem(atPath: folder + "-moved", toPath: folder)
            }
        }
    }

    private func store(_ folder: TemporaryFolder) throws -> SQLiteJobStore {
        try FileManager.default.createDirectory(atPath: folder.path + "/store", withIntermediateDirectories: true)
        return try SQLiteJobStore(path: folder.path + "/store/jobs.sqlite")
    }

    @Test(arguments: Change.allCases) func nothingIsAcceptedAfter(_ change: Change) throws {
        let folder = try TemporaryFolder()
        let store = try store(folder)
        _ = try store.insert(FakeRequest(seed: 1).newJob(), queueLimit: 9)
        try change.apply(folder.path + "/store/jobs.sqlite")
        for call in [{ _ = try store.insert(FakeRequest(seed: 2).newJob(), queueLimit: 9) }, { try store.checkWritable() }] {
            let error = #expect(throws: JobStoreError.self, performing: call)
            guard case .storeReplaced = error else {
                Issue.record("\(change): \(String(describing: error))")
                continue
            }
            #expect(error?.isPassing == true, "put back, it works again")
        }
    }

    @Test func aRemovalDuringACommitIsNotAcknowledged() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/store", withIntermediateDirectories: true)
        let path = folder.path + "/store/jobs.sqlite"
        var configuration = SQLiteJobStore.Configuration()
        configuration.beforeCommit = { _ = unsafe unlink(path) }
        let store = try SQLiteJobStore(path: path, configuration: configuration)
        let error = #expect(throws: JobStoreError.self) { try store.insert(FakeRequest(seed: 1).newJob(), queueLimit: 9) }
        guard case .storeReplaced = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func whatIsPutBackWorksAgain() throws {
        let folder = try TemporaryFolder()
        let store = try store(folder), path = folder.path + "/store"
        try FileManager.default.moveItem(atPath: path, toPath: path + "-moved")
        #expect(throws: JobStoreError.self) { try store.checkWritable() }
        try FileManager.default.moveItem(atPath: path + "-moved", toPath: path)
        try store.checkWritable()
        _ = try store.insert(FakeRequest(seed: 1).newJob(), queueLimit: 9)
    }

    /// The lock file is gone and can be made anew: the lock on the database itself still says that somebody has it.
    @Test func aSecondProcessWithoutTheLockFileIsRefused() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/store/jobs.sqlite"
        let first = try store(folder)
        _ = try first.insert(FakeRequest(seed: 1).newJob(), queueLimit: 9)
        try FileManager.default.removeItem(atPath: path + ".lock")
        let error = #expect(throws: JobStoreError.self) { try Self.open(path) }
        #expect(error == .storeInUse(path: path, holder: "another process"))
        withExtendedLifetime(first) {}
    }

    @Test func aSecondNameIsRefused() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/store/jobs.sqlite", other = folder.path + "/other.sqlite"
        let first = try store(folder)
        try FileManager.default.linkItem(atPath: path, toPath: other)
        let error = #expect(throws: JobStoreError.self) { try Self.open(other) }
        #expect(error?.description.contains("more than one name") == true, "\(String(describing: error))")
        withExtendedLifetime(first) {}
    }

    private static func open(_ path: String) throws -> SQLiteJobStore {
        var configuration = SQLiteJobStore.Configuration()
        configuration.lockPatience = .zero
        return try SQLiteJobStore(path: path, configuration: configuration)
    }
}
