import Foundation
import Images
import ImagingFixtures
import JSON
import TestSupport
import Testing

/// Files made here, made again: over the wire and by the command.
@Suite(.serialized) struct VerificationTests {
    private let checkpoint: SmallCheckpoint
    private let folder: TemporaryFolder
    private let service: ServingProcess

    init() throws {
        checkpoint = try SmallCheckpoint()
        folder = try TemporaryFolder()
        service = try ServingProcess(model: checkpoint.path, database: "\(folder.path)/jobs.sqlite")
    }

    // MARK: Asking

    private func save(_ bytes: [UInt8], _ name: String) throws -> String {
        let path = "\(folder.path)/\(name)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func verify(_ file: [UInt8], type: String = "image/png") throws -> (status: Int, answer: JSONValue) {
        let path = try save(file, "verified")
        let answer = try service.curl("/v1/verifications", ["-H", "Content-Type: \(type)", "-H", "Prefer: wait=60", "--data-binary", "@\(path)"])
        let job = try JSONReader().read(answer.body)
        // It may take longer than a request may last, on a busy machine.
        guard answer.status == 202, let id = job["id"]?.string else { return (answer.status, job) }
        return (200, try service.waitForEnd(of: id))
    }

    /// The job of a form and its first image.
    private func make(_ route: String, _ parts: [(String, [UInt8])], request: String) throws -> (job: JSONValue, png: [UInt8]) {
        var arguments = ["-F", "request=\(request)"]
        for (name, bytes) in parts { arguments += ["-F", "\(name)=@\(try save(bytes, "\(name).png"));type=image/png"] }
        let answer = try service.curl("/v1/\(route)", arguments)
        #expect(answer.status == 202, "\(String(decoding: answer.body, as: UTF8.self))")
        let id = try #require(try JSONReader().read(answer.body)["id"]?.string)
        return (try service.waitForEnd(of: id), try service.curl("/v1/jobs/\(id)/images/0").body)
    }

    private func command(_ arguments: [String]) throws -> (status: Int32?, output: String, errors: String) {
        let process = try ChildProcess(ChildProcess.phantom, ["verify", "--model", checkpoint.path, "--threads", "1"] + arguments)
        return (process.exitStatus(), String(decoding: process.standardOutput, as: UTF8.self), process.standardError)
    }

    /// The same texts, other pixels.
    private func rewritten(_ png: [UInt8], texts: ([PNGText]) throws -> [PNGText] = { $0 }, change: (inout [UInt16]) -> Void = { _ in }) throws -> [UInt8] {
        let decoded = try PNGDecoder.decode(png)
        var samples = decoded.image.samples
        change(&samples)
        let image = try PixelImage(
            width: decoded.image.width, height: decoded.image.height, channels: decoded.image.channels, bitDepth: decoded.image.bitDepth,
            samples: samples)
        return try PNGEncoder.encode(image, texts: try texts(decoded.texts)).bytes
    }

    private static let samePixels: JSONValue = ["equal": true, "different": 0, "count": 1024, "largest_difference": 0]
    private static let sameMetadata: JSONValue = ["equal": true, "different": []]

    // MARK: Generations

    @Test func aGenerationIsToldFromOneFlippedPixel() throws {
        let body = #"{"steps":5,"seed":"3","guidance":2,"guidance_rescale":0.7,"guidance_interval":{"steps":[0.2,0.9]},"condition":{"finding":["mass","nodule"]},"bit_depth":16}"#
        let job = try service.finished(body)
        let id = try #require(job["id"]?.string)
        let png = try service.curl("/v1/jobs/\(id)/images/0").body
        let dicom = try service.curl("/v1/jobs/\(id)/images/0.dcm").body
        for (file, type) in [(png, "image/png"), (dicom, "application/dicom"), (png + [0, 1, 2], "image/png")] {
            let (status, answer) = try verify(file, type: type)
            #expect(status == 200)
            #expect(answer["kind"] == "verification")
            #expect(answer["equal"] == true)
            #expect(answer["verification"]?["pixels"] == Self.samePixels)
            #expect(answer["verification"]?["metadata"] == Self.sameMetadata)
            #expect(answer["images"]?.array?.first?["sha256"] == job["images"]?.array?.first?["sha256"])
            #expect(answer["consistency"] == nil)
        }
        let flipped = try rewritten(png, change: { $0[700] ^= 1 })
        let (status, answer) = try verify(flipped)
        #expect(status == 200)
        #expect(answer["equal"] == false)
        #expect(answer["verification"]?["pixels"] == ["equal": false, "different": 1, "count": 1024, "largest_difference": 1])
        #expect(answer["verification"]?["metadata"]?["equal"] == true)

        let other = try rewritten(png, texts: { texts in try texts.map { $0.keyword == "Description" ? try PNGText(keyword: "Description", text: "A patient") : $0 } })
        let renamed = try verify(other).answer
        #expect(renamed["equal"] == false)
        #expect(renamed["verification"]?["pixels"]?["equal"] == true)
        #expect(renamed["verification"]?["metadata"]?["different"] == ["Description"])
        #expect(renamed["verification"]?["detail"]?.string?.hasPrefix("Same pixels, rewritten header") == true)

        // Another patient, and one pixel of the DICOM file.
        var touched = dicom
        let name = try #require(Self.range(of: "SYNTHETIC^PHANTOM", in: touched))
        touched.replaceSubrange(name, with: Array("SYNTHETIC^SOMEONE".utf8))
        touched[touched.count - 1] ^= 0x80
        let changed = try verify(touched, type: "application/dicom").answer
        #expect(changed["verification"]?["metadata"]?["different"] == ["(0010,0010)"])
        #expect(changed["verification"]?["pixels"] == ["equal": false, "different": 1, "count": 1024, "largest_difference": 32768])

        let file = try save(png, "good.png")
        let good = try command([file])
        #expect(good.status == 0)
        #expect(good.output == "The recipe makes this very image.\n")
        #expect(good.errors.isEmpty)
        let bad = try command([try save(flipped, "bad.png"), "--json"])
        #expect(bad.status == 1)
        #expect(try JSONReader().read(Array(bad.output.utf8))["pixels"]?["different"] == 1)
        #expect(try command([try save(dicom, "good.dcm")]).status == 0)
    }

    private static func range(of text: String, in bytes: [UInt8]) -> Range<Int>? {
        let part = Array(text.utf8)
        return (0...bytes.count - part.count).first { bytes[$0..<$0 + part.count].elementsEqual(part) }.map { $0..<$0 + part.count }
    }

    @Test func whatCannotBeVerifiedIsRefusedWithAReason() throws {
        let job = try service.finished(#"{"steps":2,"seed":"4"}"#)
        let png = try service.curl("/v1/jobs/\(try #require(job["id"]?.string))/images/0").body
        func refusal(_ file: [UInt8], type: String = "image/png") throws -> String {
            let (status, answer) = try verify(file, type: type)
            #expect(status == 422)
            #expect(answer["errors"]?.array?.count == 1)
            return answer["errors"]?.array?.first?["detail"]?.string ?? ""
        }
        #expect(try refusal(Pictures.grey(8, 8)).contains("carries its recipe"))
        #expect(try refusal([1, 2, 3]).contains("PNG or DICOM"))
        #expect(try refusal(Array(png.dropLast(40))).contains("expected"))
        func withRecipe(_ change: (inout JSONObject) -> Void) throws -> [UInt8] {
            try rewritten(png, texts: { texts in
                try texts.map { text in
                    guard text.keyword == Provenance.recipeKeyword, var recipe = try JSONReader().read(Array(text.text.utf8)).object else { return text }
                    change(&recipe)
                    return try PNGText(keyword: text.keyword, text: String(decoding: recipe.serialized(), as: UTF8.self))
                }
            })
        }
        let weights = String(repeating: "ab", count: 32)
        #expect(try refusal(withRecipe { $0["weights_sha256"] = .string(weights) }).contains("one of the weights \(weights)"))
        #expect(try refusal(withRecipe { $0["arithmetic"] = 99 }).contains("arithmetic"))
        #expect(try refusal(withRecipe { $0["steps"] = 1_000_000 }).contains("steps"))
        #expect(try refusal(withRecipe { $0["width"] = 65536 }).contains("pixels"))
        #expect(try refusal(withRecipe { $0["width"] = 33 }).contains("multiple"))
        #expect(try refusal(withRecipe { $0["channels"] = 3 }).contains("channels"))
        #expect(try refusal(withRecipe { $0["more"] = 1 }).contains("more"))
        // A recipe that runs and makes something else.
        let other = try verify(withRecipe { $0["seed"] = "5" }).answer
        #expect(other["equal"] == false)
        #expect(other["verification"]?["pixels"]?["equal"] == false)
        // What only the network would find out, or nobody before an index goes astray, is refused before there is a job.
        let outside = try withRecipe { $0["condition"] = ["choices": [], "input": ["rows": [77]], "null": .null] }
        #expect(try refusal(outside).contains("rows of the class table"))
        let withoutLevels = try withRecipe { recipe in
            var scheduler = recipe["scheduler"]?.object ?? [:]
            (scheduler["lambda_min_clipped"], scheduler["timestep_spacing"]) = (50, "linspace")
            (recipe["scheduler"], recipe["sampler"], recipe["steps"], recipe["eta"]) = (.object(scheduler), "dpmsolver++", 1, 0)
            recipe["sampler_options"] = nil
        }
        #expect(try refusal(withoutLevels).contains("lambda_min_clipped"))
        #expect(try verify(png).answer["equal"] == true)

        let run = try command([try save(withRecipe { $0["weights_sha256"] = .string(weights) }, "other.png")])
        #expect(run.status == 1)
        #expect(run.errors.contains(weights))
        #expect(run.errors.contains("--model"))
        let dead = try command([try save(withoutLevels, "dead.png")])
        #expect(dead.status == 1 && dead.errors.contains("lambda_min_clipped"), "\(dead.errors)")
    }

    // MARK: Restorations

    @Test func anInpaintingKeepsWhatIsOutsideItsMaskAndIsVerified() throws {
        let (image, mask) = (Pictures.grey(32, 32), Pictures.mask(32, 32))
        let (job, png) = try make("inpaintings", [("image", image), ("mask", mask)], request: #"{"steps":6,"seed":"8","count":2}"#)
        #expect(job["kind"] == "inpainting")
        #expect(job["consistency"]?["outside_change"] == 0.0)
        #expect(job["images"]?.array?.count == 2)
        #expect(job["images"]?.array?.allSatisfy { $0["consistency"]?["outside_change"] == 0.0 } == true)
        let (made, given) = (try Pictures.image(png), try Pictures.image(image))
        for y in 0..<32 { for x in 0..<16 { #expect(made.samples[32 * y + x] == given.samples[32 * y + x]) } }
        #expect(made.samples != given.samples)
        #expect(try PNGDecoder.texts(png).contains { $0.text.contains("compositeWithTrainedAlgorithmicMedia") })

        #expect(try verify(png).answer["equal"] == true)
        // One pixel that was only kept is no less a part of it.
        #expect(try verify(rewritten(png, change: { $0[0] ^= 1 })).answer["verification"]?["pixels"]?["different"] == 1)

        let (file, imageFile, maskFile) = (try save(png, "made.png"), try save(image, "given.png"), try save(mask, "filled.png"))
        #expect(try command([file, "--image", imageFile, "--mask", maskFile]).status == 0)
        for (arguments, reason) in [
            ([file], "--image"), ([file, "--image", imageFile], "--mask"), ([file, "--image", maskFile, "--mask", maskFile], "other pixels"),
        ] {
            let run = try command(arguments)
            #expect(run.status == 1)
            #expect(run.errors.contains(reason), "\(run.errors)")
        }

        // The pixels go with the last job that names them.
        for job in try service.json("/v1/jobs")["items"]?.array ?? [] {
            #expect(try service.curl("/v1/jobs/\(job["id"]?.string ?? "")", ["-X", "DELETE"]).status == 204)
        }
        let gone = try verify(png)
        #expect(gone.status == 422)
        #expect(gone.answer["errors"]?.array?.first?["detail"]?.string?.contains("still kept") == true)
    }

    @Test(arguments: [2, 4]) func aSuperResolutionAgreesWithWhatItWasMadeFrom(_ scale: Int) throws {
        let image = Pictures.grey(16, 8)
        let (job, png) = try make("super-resolutions", [("image", image)], request: "{\"steps\":6,\"seed\":\"8\",\"scale\":\(scale)}")
        let made = try Pictures.image(png)
        #expect((made.width, made.height) == (16 * scale, 8 * scale))
        let worst = try #require(job["consistency"]?["quantised"]?["max"]?.number?.double)
        #expect(worst <= 0.5, "a mean of whole grey levels is at most half a level away")
        #expect(job["consistency"]?["outside_change"] == nil)
        #expect(try verify(png).answer["equal"] == true)
        #expect(try command([try save(png, "made.png"), "--image", try save(image, "given.png")]).status == 0)
    }

    /// Killed in the middle, an inpainting goes on where it was, with the pixels that came with its request.
    @Test func anInpaintingSurvivesAKill() throws {
        let (image, mask) = (Pictures.grey(32, 32), Pictures.mask(32, 32))
        let long = try LongJob.ofThisMachine()
        let request = #"{"count":\#(long.count),"steps":\#(long.steps),"seed":"9"}"#
        let arguments = [
            "-F", "request=\(request)", "-F", "image=@\(try save(image, "a.png"))", "-F", "mask=@\(try save(mask, "m.png"))",
        ]
        var killed: ServingProcess? = try ServingProcess(
            model: checkpoint.path, database: "\(folder.path)/killed.sqlite", settings: ServingProcess.telling)
        let accepted = try #require(try killed?.json("/v1/inpaintings", arguments))
        let id = try #require(accepted["id"]?.string)
        try killed?.waitForSave()
        killed?.child.signal(SIGKILL)
        _ = killed?.child.exitStatus()
        killed = nil
        let again = try ServingProcess(model: checkpoint.path, database: "\(folder.path)/killed.sqlite")
        let job = try again.waitForEnd(of: id)
        #expect(job["status"] == "succeeded")
        #expect(job["attempt"] == 2)
        #expect(job["resumed_from_step"]?.number?.int ?? 0 > 0)
        let other = try #require(try service.json("/v1/inpaintings", arguments)["id"]?.string)
        let undisturbed = try service.waitForEnd(of: other)
        #expect(job["images"]?.array?.first?["sha256"] == undisturbed["images"]?.array?.first?["sha256"])
        #expect(undisturbed["images"]?.array?.isEmpty == false)
    }
}
