import Foundation
import GRDB
import TestSupport
import Testing

/// What is done with a real service's store as a whole: beside the service, and without it.
@Suite struct StoreProcessTests {
    private func store(_ arguments: String...) throws -> (status: Int32, output: String, errors: String) {
        let run = try ChildProcess(ChildProcess.phantom, ["store"] + arguments)
        let status = try #require(run.exitStatus())
        return (status, String(decoding: run.standardOutput, as: UTF8.self), run.standardError)
    }

    @Test func aRealStoreIsCheckedByWhatItsServicePromises() throws {
        let checkpoint = try SmallCheckpoint()
        let folder = try TemporaryFolder()
        let database = "\(folder.path)/jobs.sqlite", place = "--database=sqlite:\(database)"
        let serving = try ServingProcess(model: checkpoint.path, database: database, settings: [:])
        #expect(try serving.post(#"{"count":2,"steps":1}"#, ["-H", "Prefer: wait=50"]).status == 200)
        let beside = try store("check", place)
        #expect(beside.status == 0 && beside.output.contains("1 jobs, 2 images") && beside.output.contains("no fault"), "\(beside)")
        let backup = try store("backup", "\(folder.path)/backup", place)
        #expect(backup.status == 0 && backup.output.contains(" bytes"), "\(backup)")
        for run in [try store("vacuum", place), try store("copy", "sqlite:\(database)", "sqlite:\(folder.path)/copy")] {
            #expect(run.status == 1 && run.errors.contains("in use by process"), "\(run)")
        }
        serving.child.signal(SIGTERM)
        #expect(serving.child.exitStatus() == 0)
        // The backup is what the store is still.
        let same = try store("copy", "sqlite:\(database)", "sqlite:\(folder.path)/backup")
        #expect(same.status == 0 && same.output.contains("both are equal"), "\(same)")

        let queue = try DatabaseQueue(path: database)
        try queue.write { db in
            try db.execute(sql: "UPDATE images SET content = CAST(substr(content, 1, 90) AS BLOB) WHERE image = 1")
            try db.execute(sql: "UPDATE jobs SET run = CAST('{}' AS BLOB)")
        }
        let damaged = try store("check", place)
        #expect(damaged.status == 1 && damaged.errors.contains("4 faults were found"), "\(damaged)")
        for part in ["image 1: expected bytes with the SHA-256", "image 1: expected its image, got", "expected recipes that can be read"] {
            #expect(damaged.output.contains(part), "\(damaged)")
        }
        let refused = try store("backup", "\(folder.path)/backup", "--replace", place)
        #expect(refused.status == 1 && refused.errors.contains("was not copied"), "\(refused)")
        #expect(try store("check", "--database=sqlite:\(folder.path)/backup").status == 0, "what was there stays")
    }
}
