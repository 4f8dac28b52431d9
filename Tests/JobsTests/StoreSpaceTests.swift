import Foundation
import Jobs
import JobsFakeEngine
import JobsSQLite
import TestSupport
import Testing

/// A store that was full takes jobs again once something is deleted.
@Suite struct StoreSpaceTests {
    private func job(_ number: Int) -> NewJob {
        var new = FakeRequest(seed: UInt64(number)).newJob()
        new.inputs = [
            JobInput(
                name: "image", digest: "\(number)", mediaType: "image/png", bytes: [UInt8](repeating: UInt8(number & 255), count: 100_000))
        ]
        return new
    }

    /// Fills the store until it refuses.
    private func fill(_ store: SQLiteJobStore) throws -> [JobID] {
        var ids: [JobID] = []
        while ids.count < 1_000 {
            do throws(JobStoreError) {
                ids.append(try store.insert(job(ids.count), queueLimit: 10_000).job.id)
            } catch {
                guard case .storeFull = error else { throw error }
                return ids
            }
        }
        Issue.record("a thousand jobs of 100 kB fit into the store")
        return ids
    }

    private func empty(_ store: SQLiteJobStore, _ ids: [JobID]) throws {
        for id in ids {
            _ = try store.cancel(id, usage: nil)
            try store.delete(id)
        }
    }

    /// The database may not grow: its own free pages are room.
    @Test func freePagesAreRoom() throws {
        let fixture = try StoreFixture { $0.maximumPages = 600 }
        let ids = try fill(fixture.store)
        #expect(ids.count > 10)
        try empty(fixture.store, ids)
        try fixture.store.checkWritable()
        #expect(try fill(fixture.store).count >= ids.count - 1, "as many as before, but for the records of these")
    }

    @Test func deletedPagesAreGivenBack() throws {
        let fixture = try StoreFixture()
        let ids = try (0..<40).map { try fixture.store.insert(job($0), queueLimit: 100).job.id }
        let before = try #require(try fixture.store.inspect("PRAGMA page_count").flatMap { Int($0) })
        try empty(fixture.store, ids)
        let after = try #require(try fixture.store.inspect("PRAGMA page_count").flatMap { Int($0) })
        #expect(before > 900 && after < before / 4, "\(before) pages, then \(after)")
        #expect(try fixture.store.inspect("PRAGMA freelist_count") == "0")
    }

    /// A file system of 8 MB, really full: deletes are written in the room of the reserve, and then there is room.
    @Test(.enabled(if: SmallFileSystem.isPossible, "needs root, or a user namespace, to mount a small file system"))
    func aFullDiskIsEmptiedAndUsedAgain() throws {
        let run = try SmallFileSystem.run()
        #expect(run.status == 0, "\(run.output)")
        #expect(run.output.contains("accepted again"), "\(run.output)")
    }
}

/// Runs `StoreSpaceProbe` on a tmpfs that only it sees.
enum SmallFileSystem {
    private static let mount = "mkdir -p \"$1\" && mount -t tmpfs -o size=8m none \"$1\""

    static var isPossible: Bool {
        (try? shell("\(mount) && true").status) == 0
    }

    static func run() throws -> (status: Int32, output: String) {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let probe = URL(fileURLWithPath: program).deletingLastPathComponent().appendingPathComponent("StoreSpaceProbe").path
        return try shell("\(mount) && exec '\(probe)' \"$1/jobs.sqlite\"")
    }

    /// In a mount namespace of its own (unshare(1)): what is mounted goes with the shell.
    private static func shell(_ script: String) throws -> (status: Int32, output: String) {
        let folder = try TemporaryFolder()
        let namespaces = geteuid() == 0 ? ["--mount"] : ["--mount", "--user", "--map-root-user"]
        let shell = try ChildProcess(
            "/usr/bin/env", ["unshare"] + namespaces + ["sh", "-c", script, "sh", folder.path + "/small"],
            errors: .standardOutput)
        let status = try #require(shell.exitStatus(within: 300))
        return (status, String(decoding: shell.standardOutput, as: UTF8.self))
    }
}
