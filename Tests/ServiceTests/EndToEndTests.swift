import Foundation
import Images
import JSON
import TestSupport
import Testing

/// The real program over a real socket, asked with curl.
@Suite(.serialized) struct EndToEndTests {
    @Test func aRequestBecomesPNGsAndTheCommandMakesTheSame() throws {
        let checkpoint = try SmallCheckpoint()
        let folder = try TemporaryFolder()
        let service = try ServingProcess(model: checkpoint.path, database: "\(folder.path)/jobs.sqlite")
        #expect(try service.curl("/readyz").status == 200)
        let body = #"{"count":3,"steps":6,"seed":"41","guidance":2,"condition":{"view":"AP","finding":["mass","nodule"]},"bit_depth":16}"#
        let (status, accepted) = try service.post(body)
        #expect(status == 202)
        let id = try #require(accepted["id"]?.string)
        // From the speed of the evaluation at the start: 36 of them, which take milliseconds on a machine that is not busy.
        #expect(try #require(accepted["eta_seconds"]?.number?.int) <= 3_600)
        let job = try service.waitForEnd(of: id)
        #expect(job["status"] == "succeeded")
        #expect(job["timing"]?["network_calls"] == 36)
        let images = try #require(job["images"]?.array)
        #expect(images.count == 3)

        let png = try service.curl("/v1/jobs/\(id)/images/1").body
        let decoded = try PNGDecoder.decode(png)
        #expect((decoded.image.width, decoded.image.height, decoded.image.bitDepth) == (32, 32, 16))
        #expect(Set(decoded.image.samples).count > 100, "a picture, not a plain area")
        let recipe = try service.json("/v1/jobs/\(id)/images/1.json")
        #expect(recipe["seed"] == "42")
        #expect(decoded.texts.contains { $0.text.contains("trainedAlgorithmicMedia") })

        let made = try ChildProcess(
            ChildProcess.phantom,
            ["generate", "--model", checkpoint.path, "--output", "\(folder.path)/out", "--count", "3", "--steps", "6", "--seed", "41"]
                + ["--guidance", "2", "--condition", "view=AP", "--condition", "finding=nodule", "--condition", "finding=mass"]
                + ["--bit-depth", "16", "--threads", "1", "--batch", "3"])
        #expect(made.exitStatus() == 0)
        #expect(made.standardError.isEmpty && made.standardOutput.isEmpty, "quiet in a pipe")
        let manifest = try String(contentsOfFile: "\(folder.path)/out/manifest.csv", encoding: .utf8).split(separator: "\r\n")
        #expect(manifest[0] == "file,seed,labels,sha256")
        for (image, line) in zip(images, manifest.dropFirst()) {
            #expect(line.hasSuffix(try #require(image["sha256"]?.string)))
        }
        #expect(manifest[2].hasPrefix("00001.png,42,\"view=AP;finding=nodule|mass\","))
        #expect([UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/out/00001.png"))) == png)
        let dicom = try ChildProcess(
            ChildProcess.phantom,
            ["generate", "--model", checkpoint.path, "--output", "\(folder.path)/dcm", "--steps", "6", "--seed", "42", "--guidance", "2"]
                + ["--condition", "view=AP", "--condition", "finding=nodule", "--condition", "finding=mass", "--bit-depth", "16", "--format", "dcm"])
        #expect(dicom.exitStatus() == 0)
        #expect(
            [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/dcm/00000.dcm"))) == (try service.curl("/v1/jobs/\(id)/images/1.dcm").body))
    }

    /// Heun's seven evaluations, of which the fourth and fifth are guided.
    @Test func whatIsEvaluatedIsCounted() throws {
        let checkpoint = try SmallCheckpoint()
        let folder = try TemporaryFolder()
        let service = try ServingProcess(model: checkpoint.path, database: "\(folder.path)/jobs.sqlite")
        let body = #"{"steps":4,"sampler":"heun","guidance":2,"guidance_interval":{"steps":[0.3,0.7]},"condition":{"view":"PA"}}"#
        let job = try service.finished(body)
        #expect(job["status"] == "succeeded")
        #expect(job["progress"]?["steps"] == 7 && job["timing"]?["network_calls"] == 9)
    }

    /// Jobs of different samplers, lengths and conditions share batches; each image is the one that it is alone.
    @Test func neighboursDoNotChangeAnImage() throws {
        let checkpoint = try SmallCheckpoint()
        let folder = try TemporaryFolder()
        let service = try ServingProcess(model: checkpoint.path, database: "\(folder.path)/jobs.sqlite", settings: ["max_batch": 7])
        let bodies = [
            #"{"steps":9,"seed":1,"sampler":"ddim","eta":0.7}"#, #"{"steps":12,"seed":2,"sampler":"ddpm","condition":{"view":"PA"},"guidance":3}"#,
            #"{"steps":7,"seed":3,"noise":"torch","count":2}"#, #"{"steps":5,"seed":4,"width":16,"height":48}"#,
            #"{"steps":400,"seed":5,"sampler":"probability-flow","sampler_options":{"tolerance":0.05}}"#,
            #"{"steps":6,"seed":6,"sampler":"edm","sampler_options":{"churn":{"amount":3}}}"#,
        ]
        let alone = try bodies.map { body in
            try service.finished(body)["images"]?.array?.map { $0["sha256"] }
        }
        let ids = try (bodies + bodies).map { try #require(try service.post($0).job["id"]?.string) }
        for (place, id) in ids.enumerated() {
            let together = try service.waitForEnd(of: id)["images"]?.array?.map { $0["sha256"] }
            #expect(together == alone[place % bodies.count])
            #expect(together?.isEmpty == false)
        }
    }

    @Test func workersAreNicedAndTheRestIsNot() throws {
        let checkpoint = try SmallCheckpoint()
        let folder = try TemporaryFolder()
        let service = try ServingProcess(
            model: checkpoint.path, database: "\(folder.path)/jobs.sqlite", settings: ["workers": 1, "threads_per_worker": 2])
        var niceness: [Int: Int] = [:]
        let tasks = "/proc/\(service.child.identifier)/task"
        for task in try FileManager.default.contentsOfDirectory(atPath: tasks) {
            // proc(5): after the name in parentheses, nice is the 17th field.
            guard let stat = try? String(contentsOfFile: "\(tasks)/\(task)/stat", encoding: .utf8), let end = stat.lastIndex(of: ")") else { continue }
            let fields = stat[stat.index(after: end)...].split(separator: " ")
            if let nice = Int(fields[16]) { niceness[nice, default: 0] += 1 }
        }
        #expect(niceness[5] == 4, "the worker, the one beside it, and a helper of either: \(niceness)")
        #expect(niceness.keys.allSatisfy { $0 == 5 || $0 <= 0 }, "\(niceness)")
    }

    @Test func tokensAndRequestIDsWorkOverTheWireAndAreNotLogged() throws {
        let checkpoint = try SmallCheckpoint()
        let folder = try TemporaryFolder()
        // printf %s letmein | sha256sum
        let service = try ServingProcess(
            model: checkpoint.path, database: "\(folder.path)/jobs.sqlite",
            environment: ["PHANTOM_AUTH_TOKENS_SHA256": "1c8bfe8f801d79745c4631d09fff36c82aa37fc4cce4fc946683d7b336b63032"])
        #expect(try service.curl("/v1/jobs").status == 401)
        #expect(try service.curl("/v1/jobs", ["-H", "Authorization: Bearer letmein", "-H", "X-Request-Id: mine-1"]).status == 200)
        #expect(try service.curl("/health").status == 200)
        service.child.signal(SIGTERM)
        #expect(service.child.exitStatus() == 0)
        #expect(service.child.standardError.contains("mine-1"))
        #expect(!service.child.standardError.contains("letmein"))
    }

    @Test func databaseFilesArePrivate() throws {
        let checkpoint = try SmallCheckpoint()
        let folder = try TemporaryFolder()
        let service = try ServingProcess(model: checkpoint.path, database: "\(folder.path)/jobs.sqlite")
        _ = try service.post("{\"steps\":1}")
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name.hasPrefix("jobs.sqlite") && !name.hasSuffix("json") {
            let mode = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(name)")[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(name)")
        }
    }
}
