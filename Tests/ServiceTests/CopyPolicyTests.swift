import Foundation
import JSON
import TestSupport
import Testing

/// A model that was trained on 20 pictures until it gives back nothing else (`Tests/Fixtures/copies`), served under every
/// policy.
@Suite(.serialized) struct CopyPolicyTests {
    private static let model = Repository.path("Tests/Fixtures/copies/copying_model")

    private func service(_ policy: String?, in folder: TemporaryFolder, model: String = Self.model) throws -> ServingProcess {
        let settings: JSONObject = policy.map { ["copies": ["policy": .string($0)]] } ?? [:]
        return try ServingProcess(model: model, database: "\(folder.path)/jobs.sqlite", settings: settings)
    }

    /// One image of each picture that the model was trained on.
    private func images(_ service: ServingProcess) throws -> [(id: String, image: JSONValue)] {
        let ids = try (0..<20).map { number in
            let name = number < 10 ? "0\(number)" : "\(number)"
            return try #require(
                try service.post(#"{"steps":12,"seed":"\#(100 + number)","condition":{"picture":"\#(name)"}}"#).job["id"]?.string)
        }
        return try ids.map { id in
            let job = try service.waitForEnd(of: id)
            #expect(job["status"] == "succeeded", "\(job)")
            #expect(job["progress"]?["images_done"] == 1)
            return (id, try #require(job["images"]?.array?.first))
        }
    }

    @Test func flagMarksEveryCopyAndKeepsIt() throws {
        let folder = try TemporaryFolder()
        let service = try service("flag", in: folder)
        for (id, image) in try images(service) {
            let copy = try #require(image["copy"])
            #expect(copy["flagged"] == true && copy["withheld"] == false && copy["rank"] == 1, "\(copy)")
            #expect(try #require(copy["score"]?.number?.double) > 0.15)
            #expect(copy.object?.keys.sorted() == ["flagged", "of", "rank", "score", "withheld"], "and never the image it is near to")
            #expect(image["withheld"] == nil && image["sha256"]?.string?.count == 64)
            #expect(try service.curl("/v1/jobs/\(id)/images/0").status == 200)
        }
    }

    @Test func withholdGivesNoCopyOut() throws {
        let folder = try TemporaryFolder()
        let service = try service("withhold", in: folder)
        let images = try images(service)
        for (id, image) in images {
            #expect(image["copy"]?["flagged"] == true && image["copy"]?["withheld"] == true, "\(image)")
            #expect(image["withheld"]?.string?.contains("trained on") == true)
            #expect(image["sha256"] == .null && image["url"] == .null)
            for suffix in ["", ".json", ".dcm"] {
                let answer = try service.curl("/v1/jobs/\(id)/images/0\(suffix)")
                #expect(answer.status == 404 && String(decoding: answer.body, as: UTF8.self).contains("trained on"))
            }
        }
        // Several images of one job: there is nothing to compare either.
        let job = try service.finished(#"{"count":3,"steps":12,"condition":{"picture":"07"}}"#)
        let id = try #require(job["id"]?.string)
        #expect(job["images"]?.array?.count == 3)
        #expect(try service.curl("/v1/jobs/\(id)/deviation").status == 404)
        #expect(try service.curl("/v1/jobs/\(id)/archive").status == 409)
        #expect(try service.json("/v1/images")["items"] == [], "the gallery has none of them")
        service.child.signal(SIGTERM)
        #expect(service.child.exitStatus() == 0)
        // Nothing of a picture is on the disk.
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(name)"))
            #expect(bytes.range(of: Data("\u{89}PNG".unicodeScalars.map { UInt8($0.value) })) == nil, "\(name)")
        }
    }

    /// What `flag` keeps could be had under `withhold` by having its recipe checked, if verification did not look as well.
    @Test func aVerificationGivesNoCopyOut() throws {
        let folder = try TemporaryFolder()
        let open = try service(nil, in: folder)
        let body = #"{"steps":12,"seed":"3","condition":{"picture":"03"}}"#
        let made = try #require(try open.finished(body)["id"]?.string)
        #expect(try open.json("/v1/jobs/\(made)")["images"]?.array?.first?["copy"] == nil, "off says nothing")
        let png = "\(folder.path)/image.png"
        try Data(try open.curl("/v1/jobs/\(made)/images/0").body).write(to: URL(fileURLWithPath: png))
        let other = try TemporaryFolder()
        let service = try service("withhold", in: other)
        let answer = try service.json("/v1/verifications", ["-H", "Content-Type: image/png", "--data-binary", "@\(png)"])
        let id = try #require(answer["id"]?.string)
        let job = try service.waitForEnd(of: id)
        #expect(job["equal"] == true, "\(job)")
        #expect(job["verification"]?["copy"] == nil)
        #expect(try service.curl("/v1/jobs/\(id)/images/0").status == 404)
    }

    /// Images cannot be withheld without an index: that is an error at the start. That they cannot be flagged is a warning.
    @Test func aModelWithoutAnIndexIsServedOnlyWhereNothingIsPromised() throws {
        let checkpoint = try SmallCheckpoint()
        let folder = try TemporaryFolder()
        let service = try service("flag", in: folder, model: checkpoint.path)
        #expect(service.child.standardError.contains("no index of training images"))
        let job = try service.finished(#"{"steps":2}"#)
        #expect(job["images"]?.array?.first?["copy"] == nil)
        let refused = try ChildProcess(
            ChildProcess.phantom, ["serve", "--port", "0", "--model", checkpoint.path],
            environment: ["PHANTOM_DATABASE": "sqlite:\(folder.path)/other", "PHANTOM_COPIES_POLICY": "withhold"])
        #expect(refused.exitStatus() == 1)
        #expect(refused.standardError.contains("copies.phantomindex"), "\(refused.standardError)")
    }

    /// An index of other images, or one that is damaged, is refused by name.
    @Test func anIndexThatDoesNotFitIsRefused() throws {
        let folder = try TemporaryFolder()
        let checkpoint = try SmallCheckpoint()
        let place = "\(checkpoint.path)/copies.phantomindex"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: "\(Self.model)/copies.phantomindex"))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: place))
        let refused = try ChildProcess(
            ChildProcess.phantom, ["serve", "--port", "0", "--model", checkpoint.path],
            environment: ["PHANTOM_DATABASE": "sqlite:\(folder.path)/jobs", "PHANTOM_COPIES_POLICY": "flag"])
        #expect(refused.exitStatus() == 1)
        #expect(refused.standardError.contains("copies.phantomindex") && refused.standardError.contains("damaged"))
    }
}
