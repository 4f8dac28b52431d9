import Foundation
import Jobs
import JobsSQLite
import Locking
import TestSupport
import Testing

/// What a check of a store finds, and copies of its file.
@Suite struct StoreCheckTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func faults(_ store: SQLiteJobStore) throws -> (faults: [String], tally: StoreTally) {
        let found = Lock<[String]>([])
        let tally = try store.look { snapshot in
            var check = StoreCheck(snapshot, rules: .fake) { fault in found.withLock { $0.append("\(fault)") } }
            try check.run()
            return check.tally
        }
        return (found.withLock { $0 }, tally)
    }

    @Test func aWholeStoreHasNoFault() throws {
        let store = try SQLiteJobStore(path: folder.storePath)
        try StoreContents.fill(store)
        let (faults, tally) = try faults(store)
        #expect(faults.isEmpty)
        #expect(tally.jobs == 7 && tally.images == 7 && tally.inputs == 2 && tally.auditEntries > 9 && tally.faults == 0)
        // Beside the store that is open.
        let reader = try SQLiteStoreReader(path: folder.storePath)
        #expect(try reader.faultsOfFile().isEmpty && reader.earlierSchema() == nil)
    }

    /// Each damage, and what is said of it.
    static let damages: [(statement: String, fault: String)] = [
        ("UPDATE jobs SET run = x'78' WHERE ordinal = 1", "expected recipes that can be read"),
        ("UPDATE jobs SET id = 'x' WHERE ordinal = 2", "expected the id of a job"),
        ("UPDATE jobs SET images = 4 WHERE ordinal = 1", "expected 4 images, since it has succeeded, got none of number 2"),
        ("UPDATE jobs SET images_done = 9 WHERE ordinal = 1", "expected images_done of 2, got 9"),
        ("DELETE FROM images WHERE job = 1 AND image = 0", "got none of number 0"),
        ("UPDATE images SET content = x'696d616765' WHERE job = 1 AND image = 1", "expected bytes with the SHA-256"),
        ("UPDATE images SET byte_count = 3 WHERE job = 1 AND image = 1", "image 1: expected 3 bytes, got 7"),
        ("UPDATE images SET width = 9 WHERE job = 2 AND image = 0", "image 0: expected its image, got what is none"),
        ("UPDATE images SET image = 7 WHERE job = 1 AND image = 1", "expected images 0 ..< 2, got image 7"),
        ("INSERT INTO trajectories VALUES (1, 0, 1, 1, x'00')", "progress of image 0: expected none, since the job has ended"),
        ("UPDATE trajectories SET step = 99", "expected a step of 0 ... 4, got 99"),
        ("UPDATE trajectories SET image = 0", "expected none, since the image is there"),
        ("INSERT INTO inputs VALUES ('d9', 'image/png', x'00')", "inputs, digest d9: expected an input that a job works on"),
        ("UPDATE sqlite_sequence SET seq = 3 WHERE name = 'jobs'", "jobs: expected a last number of 7 at least, got 3"),
        ("INSERT INTO audit SELECT sequence + 1, at, 'eve', action, job, owner, recipe, outcome, previous, digest FROM audit ORDER BY sequence DESC LIMIT 1", "of the entry before it"),
        ("UPDATE deliveries SET status = 'odd'", "expected the end of a job, got 'odd'"),
    ]

    @Test(arguments: damages) func everyDamageIsNamed(_ damage: (statement: String, fault: String)) throws {
        let store = try SQLiteJobStore(inMemory: .init())
        try StoreContents.fill(store)
        _ = try store.inspect(damage.statement)
        let (faults, tally) = try faults(store)
        #expect(faults.contains { $0.contains(damage.fault) }, "\(damage.statement): \(faults)")
        #expect(tally.faults == Int64(faults.count))
    }

    /// Of a file that somebody has written into.
    @Test func aBrokenFileIsNamed() throws {
        let store = try SQLiteJobStore(path: folder.storePath)
        try StoreContents.fill(store)
        try store.close()
        let file = try #require(FileHandle(forUpdatingAtPath: folder.storePath))
        for page in 4..<12 {
            try file.seek(toOffset: UInt64(page * 4_096))
            try file.write(contentsOf: Data(repeating: 0xAB, count: 16))
        }
        try file.close()
        let found = Result { try SQLiteStoreReader(path: folder.storePath).faultsOfFile() }
        switch found {
        case .success(let faults): #expect(!faults.isEmpty)
        case .failure(let error): #expect("\(error)".contains("malformed"))
        }
    }

    @Test func aBackupIsTheStoreOfOneMoment() throws {
        let store = try SQLiteJobStore(path: folder.storePath), place = "\(folder.path)/backup"
        try StoreContents.fill(store)
        let expected = try store.look { try StoreDigest(of: $0) }
        let reader = try SQLiteStoreReader(path: folder.storePath)
        let checked = Lock(0)
        let bytes = try reader.backUp(to: place, replacing: false) { (copy) throws(JobStoreError) in
            checked.withLock { $0 += 1 }
            #expect(try copy.faultsOfFile().isEmpty)
        }
        #expect(bytes > 0 && checked.withLock { $0 } == 1)
        let attributes = try FileManager.default.attributesOfItem(atPath: place)
        #expect(attributes[.posixPermissions] as? Int == 0o600 && attributes[.size] as? Int64 == bytes)
        #expect(!FileManager.default.fileExists(atPath: place + ".partial"))
        _ = try store.insert(StoreContents.job, queueLimit: 99)
        #expect(try SQLiteStoreReader(path: place).look { try StoreDigest(of: $0) } == expected)
        for (name, replacing) in [(place, false), (folder.storePath, true)] {
            #expect(throws: JobStoreError.self) { try reader.backUp(to: name, replacing: replacing) { _ in } }
        }
        // One that is found to be damaged leaves what was there.
        #expect(throws: JobStoreError.storeUnavailable("damaged")) {
            try reader.backUp(to: place, replacing: true) { (_) throws(JobStoreError) in throw .storeUnavailable("damaged") }
        }
        #expect(try SQLiteStoreReader(path: place).look { try StoreDigest(of: $0) } == expected)
        _ = try reader.backUp(to: place, replacing: true) { _ in }
        // It is a store like any other.
        let restored = try SQLiteJobStore(path: place)
        #expect(try restored.jobs(JobQuery()).jobs == store.jobs(JobQuery()).jobs)
        #expect(try restored.inspect("PRAGMA auto_vacuum") == "2")
    }

    @Test func aVacuumedStoreIsTheSame() throws {
        var expected: StoreDigest?
        do {
            let store = try SQLiteJobStore(path: folder.storePath)
            try StoreContents.fill(store)
            _ = try store.inspect("INSERT INTO inputs VALUES ('large', 'x', zeroblob(1000000))")
            _ = try store.inspect("DELETE FROM inputs WHERE digest = 'large'")
            expected = try store.look { try StoreDigest(of: $0) }
            try store.close()
        }
        do {
            // Not while a service has it.
            let store = try SQLiteJobStore(path: folder.storePath)
            #expect(throws: JobStoreError.self) { try SQLiteJobStore.vacuum(path: folder.storePath) { _ in } }
            try store.close()
        }
        let (before, after) = try SQLiteJobStore.vacuum(path: folder.storePath) { _ in }
        #expect(before > 1_000_000 && after < before / 2)
        let store = try SQLiteJobStore(path: folder.storePath)
        #expect(try store.look { try StoreDigest(of: $0) } == expected)
        #expect(try store.inspect("PRAGMA journal_mode") == "wal" && store.inspect("PRAGMA auto_vacuum") == "2")
    }
}
