import Foundation
import JSON
import TestSupport
import Testing

/// Models are put in the place of others while jobs run.
@Suite(.serialized) struct ReloadTests {
    private static let body = #"{"steps":6,"seed":"41","condition":{"view":"AP"}}"#

    private func digest(_ job: JSONValue) throws -> String {
        try #require(job["images"]?.array?.first?["sha256"]?.string, "\(job)")
    }

    private func reload(_ service: ServingProcess) throws -> [String: String] {
        let answer = try service.json("/v1/models/reload", ["-X", "POST"])
        let items = try #require(answer["items"]?.array, "\(answer)")
        return Dictionary(items.map { ($0["name"]?.string ?? "", $0["outcome"]?.string ?? "") }) { first, _ in first }
    }

    /// Lets the scheduler of the folder predict something else, by a file of the same name.
    private func write(_ prediction: String, to checkpoint: SmallCheckpoint) throws {
        let path = "\(checkpoint.path)/scheduler/scheduler_config.json"
        try FileManager.default.removeItem(atPath: path)
        try SmallCheckpoint.write(
            [
                "_class_name": "DDPMScheduler", "num_train_timesteps": 1000, "beta_schedule": "squaredcos_cap_v2",
                "prediction_type": .string(prediction), "clip_sample": true,
            ], to: path)
    }

    private func configure(_ service: ServingProcess, _ database: String, models: [JSONObject]) throws {
        try SmallCheckpoint.write(
            ["database": .string("sqlite:\(database)"), "port": 0, "models": .array(models.map { .object($0) })],
            to: database + ".config.json")
    }

    @Test func jobsOfAModelThatChangesAreMadeByIt() throws {
        let (checkpoint, folder) = (try SmallCheckpoint(), try TemporaryFolder())
        let service = try ServingProcess(model: checkpoint.path, database: "\(folder.path)/jobs.sqlite")
        let expected = try digest(service.finished(Self.body))
        #expect(try reload(service) == ["tiny": "unchanged"])

        // A job that runs, and some that wait behind it, while the model becomes another and again the first.
        let long = try #require(service.post(#"{"steps":150,"seed":"7","count":2}"#).job["id"]?.string)
        let early = try (0..<3).map { _ in try #require(service.post(Self.body).job["id"]?.string) }
        for turn in 0..<4 {
            try write(turn % 2 == 0 ? "epsilon" : "v_prediction", to: checkpoint)
            #expect(try reload(service) == ["tiny": "changed"])
            let digest = try digest(service.finished(Self.body))
            #expect((digest == expected) == (turn % 2 == 1))
        }
        for id in early { #expect(try digest(service.waitForEnd(of: id)) == expected) }
        #expect(try service.waitForEnd(of: long)["status"] == "succeeded")
        let again = try service.finished(#"{"steps":150,"seed":"7","count":2}"#)
        #expect(try digest(again) == digest(service.json("/v1/jobs/\(long)")))
    }

    /// Other defaults are taken by requests from then on; a job that was accepted keeps what it was accepted with, also
    /// where its request comes once more under its key. Defaults that cannot be leave the old ones in their place.
    @Test func otherSamplingDefaultsAreTaken() throws {
        let (checkpoint, folder) = (try SmallCheckpoint(), try TemporaryFolder())
        func say(_ sampling: JSONValue) throws {
            let path = "\(checkpoint.path)/phantom.json"
            let bytes = try #require(FileManager.default.contents(atPath: path))
            var manifest = try #require(try JSONReader().read([UInt8](bytes)).object)
            manifest["sampling"] = sampling
            try SmallCheckpoint.write(manifest, to: path)
        }
        func settings(_ job: JSONValue) -> [JSONValue?] {
            ["sampler", "steps", "guidance"].map { job["request"]?[$0] }
        }
        let body = #"{"seed":"41","condition":{"view":"AP"}}"#, key = ["-H", "Idempotency-Key: one"]
        try say(["sampler": "heun", "steps": 3, "guidance": 1.5])
        let service = try ServingProcess(model: checkpoint.path, database: "\(folder.path)/jobs.sqlite")
        let long = try #require(service.post(#"{"sampler":"ddim","steps":150,"count":2}"#).job["id"]?.string)
        let waiting = try service.post(body, key).job, id = try #require(waiting["id"]?.string)
        #expect(settings(waiting) == ["heun", 3, 1.5])
        #expect(try service.json("/v1/models/tiny")["sampling"] == ["sampler": "heun", "steps": 3, "guidance": 1.5])

        try say(["sampler": "ddim", "steps": 5, "eta": 0.5])
        #expect(try reload(service) == ["tiny": "changed"])
        #expect(try service.json("/v1/models/tiny")["defaults"]?["sampler"] == "ddim")
        let new = try service.finished(body)
        #expect(settings(new) == ["ddim", 5, 1.0])
        #expect(try service.post(body, key).job["id"] == .string(id))
        let old = try service.waitForEnd(of: id)
        #expect(settings(old) == ["heun", 3, 1.5] && old["timing"]?["network_calls"] == 10)
        #expect(try service.waitForEnd(of: long)["status"] == "succeeded")

        // The same without the service, and the recipe in the file.
        let recipe = try service.json("/v1/jobs/\(try #require(new["id"]?.string))/images/0.json")
        #expect(recipe["sampler"] == "ddim" && recipe["steps"] == 5 && recipe["eta"] == 0.5)
        let made = try ChildProcess(
            ChildProcess.phantom,
            ["generate", "--model", checkpoint.path, "--output", "\(folder.path)/out", "--seed", "41", "--condition", "view=AP"])
        #expect(made.exitStatus() == 0, "\(made.standardError)")
        let manifest = try String(contentsOfFile: "\(folder.path)/out/manifest.csv", encoding: .utf8)
        #expect(manifest.contains(try digest(new)))

        try say(["sampler": "heun", "steps": 2000])
        let answer = try service.json("/v1/models/reload", ["-X", "POST"])
        let item = try #require(answer["items"]?.array?.first)
        #expect(item["outcome"] == "failed")
        let detail = try #require(item["detail"]?.string)
        #expect(
            detail.contains("\(checkpoint.path)/phantom.json: /sampling/steps: expected at most 1000")
                && detail.hasSuffix("got 2000"), "\(detail)")
        #expect(settings(try service.post(body).job) == ["ddim", 5, 1.0])
    }

    @Test func modelsComeAndGo() throws {
        let (checkpoint, folder) = (try SmallCheckpoint(), try TemporaryFolder())
        let database = "\(folder.path)/jobs.sqlite"
        let service = try ServingProcess(model: checkpoint.path, database: database)
        let other: JSONObject = ["name": "other", "path": .string(checkpoint.path)]
        try configure(service, database, models: [["path": .string(checkpoint.path)], other])
        #expect(try reload(service) == ["tiny": "unchanged", "other": "loaded"])
        #expect(try service.post(#"{"model":"other","steps":2}"#).status == 202)
        #expect(try service.json("/v2/models/other/ready") == ["name": "other", "ready": true])

        try configure(service, database, models: [other, ["path": .string(folder.path)]])
        #expect(try reload(service) == ["other": "unchanged", "": "failed", "tiny": "removed"])
        #expect(try service.curl("/v1/models/tiny").status == 404)
        #expect(try service.finished(#"{"steps":2}"#)["model"]?["name"] == "other")

        // By the signal.
        try configure(service, database, models: [["path": .string(checkpoint.path)]])
        service.child.signal(SIGHUP)
        let deadline = Date(timeIntervalSinceNow: Patience.seconds)
        while try service.curl("/v1/models/tiny").status != 200, Date() < deadline { Thread.sleep(forTimeInterval: 0.05) }
        #expect(try service.json("/health")["models"] == ["tiny"])
    }

    /// No models is a state like others, if the configuration says so: at the start, and after a reload that drops all.
    @Test func thereMayBeNoModelsYet() throws {
        let (checkpoint, folder) = (try SmallCheckpoint(), try TemporaryFolder())
        let database = "\(folder.path)/jobs.sqlite"
        let service = try ServingProcess(model: "", database: database, settings: ["models": []])
        func expectNone() throws {
            #expect(try service.json("/v1/models") == ["items": []] && service.json("/health")["models"] == [])
            #expect(try service.curl("/readyz").status == 200)
            let (status, problem) = try service.post(Self.body)
            #expect(status == 422 && problem["errors"]?.array?.first?["detail"]?.string?.contains("none is loaded yet") == true, "\(problem)")
            let missing = try service.json("/v1/models/tiny")
            #expect(missing["status"] == 404 && missing["detail"]?.string?.contains("none is loaded yet") == true, "\(missing)")
        }
        try expectNone()
        // What cannot be loaded is told, and takes nothing's place.
        try configure(service, database, models: [["path": .string(folder.path)]])
        #expect(try reload(service) == ["": "failed"])
        try configure(service, database, models: [["path": .string(checkpoint.path)]])
        #expect(try reload(service) == ["tiny": "loaded"])
        let digest = try digest(service.finished(Self.body))
        try configure(service, database, models: [])
        #expect(try reload(service) == ["tiny": "removed"])
        try expectNone()
        try configure(service, database, models: [["path": .string(checkpoint.path)]])
        #expect(try reload(service) == ["tiny": "loaded"])
        #expect(try self.digest(service.finished(Self.body)) == digest)
    }

    @Test func whatCannotBeReadLeavesAllInPlace() throws {
        let (checkpoint, folder) = (try SmallCheckpoint(), try TemporaryFolder())
        let database = "\(folder.path)/jobs.sqlite"
        let service = try ServingProcess(model: checkpoint.path, database: database)
        let expected = try digest(service.finished(Self.body))
        try FileManager.default.removeItem(atPath: "\(checkpoint.path)/scheduler/scheduler_config.json")
        #expect(try service.curl("/v1/models/reload", ["-X", "POST"]).status == 200)
        let answer = try service.json("/v1/models/reload", ["-X", "POST"])
        #expect(answer["items"]?.array?.first?["outcome"] == "failed")
        #expect(answer["items"]?.array?.first?["detail"]?.string?.contains("scheduler") == true, "\(answer)")
        #expect(try digest(service.finished(Self.body)) == expected)
        // Nor does a list of others, none of which can be loaded; why is told of each.
        let others = ["\(folder.path)/a", "\(folder.path)/b"]
        try configure(service, database, models: others.map { ["path": .string($0)] })
        let (refused, reasons) = try service.curl("/v1/models/reload", ["-X", "POST"])
        let detail = try JSONReader().read(reasons)["detail"]?.string ?? ""
        #expect(refused == 409 && others.allSatisfy(detail.contains), "\(detail)")
        for (text, word) in [("{", "JSON"), ("{}", "at least one model"), (#"{"modles":[]}"#, "unknown field")] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: database + ".config.json"))
            let (status, body) = try service.curl("/v1/models/reload", ["-X", "POST"])
            let problem = try JSONReader().read(body)
            #expect(status == 409)
            #expect(problem["type"] == "urn:phantom:problem:reload-refused")
            #expect(problem["detail"]?.string?.contains(word) == true, "\(problem)")
        }
        #expect(try digest(service.finished(Self.body)) == expected)
    }
}
