import Foundation
import GRDB
import JSON
import TestSupport
import Testing

/// Tokens, quotas and the audit log of the program itself, over a kill.
@Suite struct AccessProcessTests {
    private func phantom(_ arguments: [String]) throws -> (status: Int32, output: String, errors: String) {
        let run = try ChildProcess(ChildProcess.phantom, arguments)
        let status = try #require(run.exitStatus())
        return (status, String(decoding: run.standardOutput, as: UTF8.self), run.standardError)
    }

    @Test func quotasAndRecordsSurviveAKill() throws {
        let checkpoint = try SmallCheckpoint()
        let folder = try TemporaryFolder()
        let database = "\(folder.path)/jobs.sqlite"
        let lines = try phantom(["token", "new", "ann"]).output.split(separator: "\n").map(String.init)
        try #require(lines.count == 4)
        let token = ["-H", "Authorization: Bearer \(lines[1])"]
        var entry = try #require(try JSONReader().read(lines[3]).object)
        entry["quota"] = ["images_per_day": 3, "jobs_per_minute": 100]
        let settings: JSONObject = ["auth": ["tokens": [.object(entry)]]]
        let body = #"{"count":2,"steps":1}"#

        let first = try ServingProcess(model: checkpoint.path, database: database, settings: settings)
        #expect(try first.post(body).status == 401)
        let made = try first.post(body, token)
        #expect(made.status == 202 && made.job["owner"] == "ann")
        first.child.signal(SIGKILL)
        #expect(first.child.exitStatus() == 128 + SIGKILL)

        let second = try ServingProcess(model: checkpoint.path, database: database, settings: settings)
        let refused = try second.post(body, token)
        #expect(refused.status == 429 && refused.job["type"] == "urn:phantom:problem:quota-exceeded")
        #expect(try second.post(#"{"steps":1}"#, token + ["-H", "Prefer: wait=50"]).status == 200)
        let path = "/v1/jobs/\(made.job["id"]?.string ?? "")"
        while try second.json(path + "?wait=5", token)["status"] != "succeeded" {}

        // Beside the running service.
        let audit = ["audit", "verify", "--config", database + ".config.json"]
        let verified = try phantom(audit)
        #expect(verified.status == 0 && verified.output.hasPrefix("4 entries hold"), "\(verified)")
        let head = String(verified.output.dropLast().suffix(64))
        let export = try phantom(["audit", "export", "--config", database + ".config.json", "--after", "1"]).output
        let entries = try export.split(separator: "\n").map { try JSONReader().read(String($0)) }
        #expect(entries.count == 3 && entries.last?["digest"] == .string(head) && entries.allSatisfy { $0["owner"] == "ann" })
        #expect(try phantom(audit + ["--head", head]).status == 0)
        // Old entries go into a file, and what is left holds from there; the service goes on writing.
        let archive = "\(folder.path)/archive.jsonl"
        let moved = try phantom(["audit", "archive", "--config", database + ".config.json", "--keep-days", "0", archive])
        #expect(moved.status == 0 && moved.output.contains("up to 4; the digest of the last is \(head)"), "\(moved)")
        let written = try String(contentsOfFile: archive, encoding: .utf8)
        #expect(written.split(separator: "\n").count == 4 && written.hasSuffix(export))
        #expect(try phantom(["audit", "archive", "--config", database + ".config.json", "--keep-days", "0", archive]).status == 1)
        #expect(try second.post(#"{"steps":2}"#, token).status == 429)
        let shortened = try phantom(audit + ["--head", head])
        #expect(shortened.status == 0 && shortened.output.hasPrefix("1 entries hold"), "\(shortened)")
        #expect(try phantom(["store", "check", "--config", database + ".config.json"]).status == 0)
        second.child.signal(SIGTERM)
        #expect(second.child.exitStatus() == 0)

        // Whoever has the file can write into it, but not unnoticed.
        let queue = try DatabaseQueue(path: database)
        try queue.write { db in try db.execute(sql: "DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_shortened") }
        let cut = try phantom(audit + ["--head", String(repeating: "a", count: 64)])
        #expect(cut.status == 1 && cut.errors.contains("cut or written anew"), "\(cut)")
        try queue.write { db in try db.execute(sql: "UPDATE audit SET who = 'bob' WHERE sequence = 5") }
        let changed = try phantom(audit)
        #expect(changed.status == 1 && changed.errors.contains("entry 5 of the audit log"), "\(changed)")
        try queue.write { db in try db.execute(sql: "DELETE FROM audit") }
        #expect(try phantom(audit).status == 0 && phantom(audit + ["--head", head]).status == 1)
        try queue.close()
    }
}
