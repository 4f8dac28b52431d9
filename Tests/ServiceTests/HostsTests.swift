import Bytes
import Foundation
import JSON
import TestSupport
import Testing

/// Several processes of the real program on one PostgreSQL.
@Suite(.serialized, .enabled(if: PostgresServer.whyNot == nil, "PostgreSQL is not installed (Debian: postgresql)"))
struct HostsTests {
    private let checkpoint: SmallCheckpoint
    private let folder: TemporaryFolder
    private let database: JSONValue

    init() throws {
        (checkpoint, folder) = (try SmallCheckpoint(), try TemporaryFolder())
        database = .string(try PostgresServer.shared().newDatabase())
    }

    private func serve(_ name: String, _ settings: JSONObject = [:]) throws -> ServingProcess {
        var settings = settings
        (settings["database"], settings["lease_seconds"]) = (database, 3)
        return try ServingProcess(model: checkpoint.path, database: "\(folder.path)/\(name)", settings: settings)
    }

    private static func long(steps: Int) -> String {
        #"{"count":2,"steps":\#(steps),"seed":"7","sampler":"ddpm","noise":"philox"}"#
    }

    private func digests(_ job: JSONValue) -> [String?] { job["images"]?.array?.map { $0["sha256"]?.string } ?? [] }

    /// The one that computes is killed in mid-image: its lease ends, the other goes on from what was saved, and the bytes
    /// are those of one that nobody has disturbed.
    @Test func anotherFinishesWhatTheDeadHasBegun() throws {
        let alone = try ServingProcess(model: checkpoint.path, database: "\(folder.path)/alone.sqlite")
        let long = try LongJob.ofThisMachine()
        let body = #"{"count":\#(long.count),"steps":\#(long.steps),"seed":"7","sampler":"ddpm","noise":"philox"}"#
        let expected = digests(try alone.finished(body))
        #expect(expected.count == long.count)
        alone.child.signal(SIGKILL)

        let first = try serve("first", ServingProcess.telling)
        let id = try #require(try first.post(body).job["id"]?.string)
        try first.waitForSave()
        first.child.signal(SIGKILL)
        let second = try serve("second")
        let job = try second.waitForEnd(of: id)
        #expect(job["status"] == "succeeded" && digests(job) == expected)
        #expect(job["attempt"] == 2 && (job["resumed_from_step"]?.number?.int ?? 0) > 0)
    }

    /// Steps of images that a process has computed.
    private func steps(_ process: ServingProcess) throws -> Double {
        let lines = String(decoding: try process.curl("/metrics").body, as: UTF8.self).split(separator: "\n")
        let counts = lines.filter { $0.hasPrefix("phantom_steps_total{") }.compactMap { line in
            line.split(separator: " ").last.flatMap { Double($0) }
        }
        return counts.reduce(0, +)
    }

    /// One job of many images is made by both workers, to the bytes of one process; the images are in a directory.
    @Test func workersShareOneJob() throws {
        let body = #"{"count":16,"steps":20,"seed":"11","sampler":"ddim"}"#
        let alone = try ServingProcess(model: checkpoint.path, database: "\(folder.path)/whole.sqlite")
        let expected = digests(try alone.finished(body))
        #expect(expected.count == 16)
        alone.child.signal(SIGKILL)

        let images: JSONValue = ["kind": "directory", "path": .string("\(folder.path)/images")]
        let settings: JSONObject = [
            "max_batch": 2, "workers": 1, "threads_per_worker": 1, "role": "worker", "images": images,
        ]
        let asked = try serve("asked", ["role": "api", "images": images])
        let computing = try (0..<2).map { try serve("computing\($0)", settings) }
        let job = try asked.finished(body)
        #expect(digests(job) == expected && job["attempt"] == 1)
        #expect(job["progress"]?["images_done"] == 16)
        // On a machine that stands still for one of them the other may have made all of it: then once more.
        for _ in 0..<9 where try computing.contains(where: { try steps($0) == 0 }) {
            #expect(digests(try asked.finished(body)) == expected)
        }
        let shares = try computing.map(steps)
        #expect(shares.allSatisfy { $0 > 0 }, "steps of the two workers: \(shares)")
        let id = try #require(job["id"]?.string)
        let image = try asked.curl("/v1/jobs/\(id)/images/15")
        #expect(Digest(of: image.body).hexadecimal == expected[15])
        let files = try #require(FileManager.default.enumerator(atPath: "\(folder.path)/images")?.allObjects as? [String])
        #expect(files.contains { $0.hasSuffix(expected[15] ?? "none") })
    }

    /// Asks one, and the other computes; a cancel goes the same way.
    @Test func anyOneAnswersForAnyJob() throws {
        let asked = try serve("asked", ["role": "api"])
        let id = try #require(try asked.post(#"{"steps":6,"seed":"41"}"#).job["id"]?.string)
        let waiting = try asked.wait(for: id) { $0["notes"] != nil }
        #expect(waiting["status"] == "queued" && waiting["notes"]?.array?.first == "The job waits: no worker is there.")
        let computing = try serve("computing", ["role": "worker"])
        #expect(try asked.waitForEnd(of: id)["status"] == "succeeded")
        #expect(try asked.curl("/v1/jobs/\(id)/images/0").status == 200)
        #expect(try computing.curl("/v1/jobs/\(id)").status != 200, "a worker answers probes alone")

        let long = try #require(try asked.post(Self.long(steps: 1000)).job["id"]?.string)
        _ = try asked.wait(for: long) { $0["status"] == "running" }
        let start = ContinuousClock.now
        #expect(try asked.curl("/v1/jobs/\(long)/cancel", ["-X", "POST"]).status == 200)
        // Its places are free again when it has let go.
        #expect(try asked.finished(#"{"steps":2,"seed":"42"}"#)["status"] == "succeeded")
        print("cancelled and the next one made within \(start.duration(to: .now))")

        let workers = try #require(try asked.json("/v1/workers")["items"]?.array)
        #expect(Set(workers.map { $0["role"]?.string }) == ["api", "worker"])
        let models = workers.compactMap { $0["models"]?.array?.first?["weights_sha256"]?.string }
        #expect(Set(models).count == 1 && models.count == 2)
    }

    /// A process that has other weights under the same name leaves the job, which says so.
    @Test func aJobGoesOnlyToItsWeights() throws {
        let asked = try serve("asked", ["role": "api"])
        let other = try SmallCheckpoint()
        let file = URL(fileURLWithPath: "\(other.path)/unet/diffusion_pytorch_model.safetensors")
        var weights = try Data(contentsOf: file)
        weights[weights.count - 4] ^= 1
        try weights.write(to: file)
        let settings: JSONObject = ["database": database, "lease_seconds": 3, "role": "worker"]
        let computing = try ServingProcess(model: other.path, database: "\(folder.path)/other", settings: settings)
        let id = try #require(try asked.post(#"{"steps":2,"seed":"1"}"#).job["id"]?.string)
        // What it says at first may be from before the other came.
        let job = try asked.wait(for: id, seconds: 30) { job in
            job["notes"]?.array?.first?.string?.contains("other weights under the name") == true
        }
        #expect(job["status"] == "queued")
        #expect(computing.child.isRunning)
    }

    /// Each fault at the start is one message with a way out, and the exit status of one.
    @Test(arguments: [
        (["role": "worker"], "a database that several processes share"),
        (["images": ["kind": "directory", "path": "/x"]], "SQLite keeps them in its file"),
        (["images": ["kind": "directory"], "database": "postgres:///x?host=HOST"], "the directory that all processes have"),
        (["images": ["kind": "s3", "endpoint": "http://h"], "database": "postgres:///x?host=HOST"], "the name of the bucket"),
        (["database": "postgres:///RIGHTS?host=HOST&user=RIGHTS"], "GRANT CREATE ON DATABASE"),
        (["database": "postgres://nobody@127.0.0.1:1/phantom"], "refused"),
        (["database": "postgres:///nothing?host=HOST&user=phantom"], "createdb"),
        (["database": "postgres:///postgres?host=HOST&user=eve"], "check user and password"),
        (["database": "postgres:///postgres?host=HOST&user=phantom&options=-csynchronous_commit%3Doff"], "may-forget"),
        (["database": "postgres://u:secret@h:x/d"], "invalid integer value"),
    ] as [(JSONObject, String)])
    func faultsAtTheStartAreOneMessage(_ settings: JSONObject, _ words: String) throws {
        var settings = settings
        let host = try PostgresServer.shared().folder
        if let url = settings["database"]?.string {
            var url = url.replacingOccurrences(of: "HOST", with: host)
            if url.contains("RIGHTS") {
                let name = "poor\(ProcessInfo.processInfo.processIdentifier)"
                for what in ["DATABASE", "ROLE"] {
                    try PostgresServer.shared().execute("CREATE \(what) \(name)\(what == "ROLE" ? " LOGIN" : "")")
                }
                url = url.replacingOccurrences(of: "RIGHTS", with: name)
            }
            settings["database"] = .string(url)
        } else {
            settings["database"] = .string("sqlite:\(folder.path)/jobs.sqlite")
        }
        settings["port"] = 0
        settings["models"] = [["path": .string(checkpoint.path)]]
        try SmallCheckpoint.write(settings, to: "\(folder.path)/config.json")
        let child = try ChildProcess(ChildProcess.phantom, ["serve", "--config", "\(folder.path)/config.json"])
        #expect(child.exitStatus() == 1)
        #expect(child.standardError.contains(words), "\(child.standardError)")
        #expect(!child.standardError.contains("secret"), "\(child.standardError)")
    }
}
