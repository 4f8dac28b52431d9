import Foundation
import Imaging
import JSON
import Jobs
import JobsSQLite
import TestSupport
import Testing

@testable import Service

/// What a job makes is fixed when it is accepted: whatever happens to the model's files between two starts of the service.
@Suite(.serialized) struct AcceptedRunTests {
    private static let body = #"{"steps":120,"sampler":"ddpm","seed":"31","count":2,"condition":{"view":"PA"}}"#

    /// The images of `body` when nothing is disturbed.
    private static func undisturbed(_ checkpoint: SmallCheckpoint) throws -> [JSONValue?] {
        let folder = try TemporaryFolder()
        let service = try ServingProcess(model: checkpoint.path, database: "\(folder.path)/jobs.sqlite")
        return try images(service.waitForEnd(of: #require(try service.post(body).job["id"]?.string)))
    }

    private static func images(_ job: JSONValue) -> [JSONValue?] { (job["images"]?.array ?? []).map { $0["sha256"] } }

    /// A job of two images is stopped on its way, a file of the model is edited, and the service is started again.
    private static func editedMeanwhile(_ checkpoint: SmallCheckpoint, _ edit: () throws -> Void) throws -> JSONValue {
        let folder = try TemporaryFolder()
        for number in 0..<20 {
            let database = "\(folder.path)/jobs\(number).sqlite"
            guard let id = try stoppedOnItsWay(checkpoint, database) else { continue }
            try edit()
            let service = try ServingProcess(model: checkpoint.path, database: database)
            return try service.waitForEnd(of: id)
        }
        throw UnexpectedAnswer(answer: "the job always ends before the stop")
    }

    /// - Returns: the job, which has begun and has not ended; nil if the stop came too late.
    private static func stoppedOnItsWay(_ checkpoint: SmallCheckpoint, _ database: String) throws -> String? {
        // One image after the other: the first is ahead of the second when the service stops.
        let service = try ServingProcess(model: checkpoint.path, database: database, settings: ["max_batch": 1])
        let id = try #require(try service.post(body).job["id"]?.string)
        _ = try service.wait(for: id) { ($0["progress"]?["step"]?.number?.int ?? 0) >= 3 }
        service.child.signal(SIGTERM)
        #expect(service.child.exitStatus() == 0)
        let store = try SQLiteJobStore(path: database)
        defer { try? store.close() }
        return try store.job(#require(JobID(id))).status.isTerminal ? nil : id
    }

    private static func edit(_ path: String, _ change: (inout JSONObject) -> Void) throws {
        var object = try JSONCursor(JSONReader().read([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))).object()
        change(&object)
        try SmallCheckpoint.write(object, to: path)
    }

    @Test func anEditedScheduleChangesNoAcceptedImage() throws {
        let checkpoint = try SmallCheckpoint()
        let expected = try Self.undisturbed(checkpoint)
        let job = try Self.editedMeanwhile(checkpoint) {
            try Self.edit("\(checkpoint.path)/scheduler/scheduler_config.json") {
                $0["beta_schedule"] = "linear"
                $0["clip_sample"] = false
            }
        }
        #expect(job["status"] == "succeeded" && job["attempt"] == 1, "\(job)")
        #expect(Self.images(job) == expected && expected.count == 2)
        // New jobs are made by the new schedule.
        #expect(try Self.undisturbed(checkpoint) != expected)
    }

    @Test(arguments: ["unet/config.json", "phantom.json"]) func anEditedNetworkFailsTheJobByName(_ file: String) throws {
        let checkpoint = try SmallCheckpoint()
        let job = try Self.editedMeanwhile(checkpoint) {
            try Self.edit("\(checkpoint.path)/\(file)") {
                if file == "phantom.json" { $0["value_range"] = [0, 1] } else { $0["norm_eps"] = 0.01 }
            }
        }
        #expect(job["status"] == "failed")
        #expect(job["error"]?["detail"]?.string?.contains("was changed after the job was accepted") == true, "\(job)")
    }

    /// Jobs that version 0.1.0 accepted, half of them on their way, make the images that it would have made.
    @Test func jobsOfTheVersionBeforeMakeTheirImages() throws {
        let checkpoint = try SmallCheckpoint(), folder = try TemporaryFolder()
        let database = "\(folder.path)/jobs.sqlite"
        try FileManager.default.copyItem(atPath: Repository.path("Tests/Fixtures/stores/version-0.1.0.store"), toPath: database)
        let expected = try String(contentsOfFile: Repository.path("Tests/Fixtures/stores/version-0.1.0.tsv"), encoding: .utf8)
            .split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
        #expect(expected.count == 6)
        let service = try ServingProcess(model: checkpoint.path, database: database)
        for line in expected {
            let job = try service.waitForEnd(of: line[0])
            #expect(job["status"] == "succeeded", "\(job)")
            let image = try #require(Int(line[1]))
            #expect(job["images"]?.array?[image]["sha256"]?.string == line[2], "job \(line[0]), image \(image)")
        }
    }

    @Test func aSpoiltRunFailsItsJobByName() throws {
        let checkpoint = try SmallCheckpoint()
        let model = try ServedModel.load(path: checkpoint.path)
        let runner = DiffusionRunner(models: [model], settings: .init(threadsPerWorker: 1, maxBatch: 1, memoryPerWorker: 1 << 30))
        let store = try SQLiteJobStore(inMemory: .init())
        _ = try store.insert(
            NewJob(
                kind: "generation", model: .init(name: "tiny", weightsSHA256: model.facts.generation.weightsSHA256.hexadecimal),
                request: Array("{}".utf8), run: Array(#"{"count":1,"seed":"1","model_definition":"","recipe":{}}"#.utf8),
                work: PlannedWork(images: 1, steps: 1, callsPerImage: 1)), queueLimit: 1)
        let lease = try #require(try store.lease(limit: 1).first)
        let error = #expect(throws: (any Error).self) { try runner.plan(lease) }
        let problem = try JSONReader().read(runner.problem(for: try #require(error), job: lease.job))
        #expect(problem["detail"]?.string?.contains("cannot be read") == true, "\(problem)")
    }
}
