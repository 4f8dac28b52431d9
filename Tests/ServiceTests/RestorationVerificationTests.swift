import Foundation
import Images
import ImagingFixtures
import JSON
import TestSupport
import Testing

/// Restored files made here, made again from the pictures of their requests.
@Suite(.serialized) struct RestorationVerificationTests {
    private let bench: VerificationBench

    init() throws { bench = try VerificationBench() }

    @Test func anInpaintingKeepsWhatIsOutsideItsMaskAndIsVerified() throws {
        let (image, mask) = (Pictures.grey(32, 32), Pictures.mask(32, 32))
        let (job, png) = try bench.make("inpaintings", [("image", image), ("mask", mask)], request: #"{"steps":6,"seed":"8","count":2}"#)
        #expect(job["kind"] == "inpainting")
        #expect(job["consistency"]?["outside_change"] == 0.0)
        #expect(job["images"]?.array?.count == 2)
        #expect(job["images"]?.array?.allSatisfy { $0["consistency"]?["outside_change"] == 0.0 } == true)
        let (made, given) = (try Pictures.image(png), try Pictures.image(image))
        for y in 0..<32 { for x in 0..<16 { #expect(made.samples[32 * y + x] == given.samples[32 * y + x]) } }
        #expect(made.samples != given.samples)
        #expect(try PNGDecoder.texts(png).contains { $0.text.contains("compositeWithTrainedAlgorithmicMedia") })

        #expect(try bench.verify(png).answer["equal"] == true)
        // One pixel that was only kept is no less a part of it.
        #expect(try bench.verify(VerificationBench.rewritten(png, change: { $0[0] ^= 1 })).answer["verification"]?["pixels"]?["different"] == 1)

        let (file, imageFile, maskFile) = (try bench.save(png, "made.png"), try bench.save(image, "given.png"), try bench.save(mask, "filled.png"))
        #expect(try bench.command([file, "--image", imageFile, "--mask", maskFile]).status == 0)
        for (arguments, reason) in [
            ([file], "--image"), ([file, "--image", imageFile], "--mask"), ([file, "--image", maskFile, "--mask", maskFile], "other pixels"),
        ] {
            let run = try bench.command(arguments)
            #expect(run.status == 1)
            #expect(run.errors.contains(reason), "\(run.errors)")
        }

        // The pixels go with the last job that names them.
        for job in try bench.service.json("/v1/jobs")["items"]?.array ?? [] {
            #expect(try bench.service.curl("/v1/jobs/\(job["id"]?.string ?? "")", ["-X", "DELETE"]).status == 204)
        }
        let gone = try bench.verify(png)
        #expect(gone.status == 422)
        #expect(gone.answer["errors"]?.array?.first?["detail"]?.string?.contains("still kept") == true)
    }

    @Test(arguments: [2, 4]) func aSuperResolutionAgreesWithWhatItWasMadeFrom(_ scale: Int) throws {
        let image = Pictures.grey(16, 8)
        let (job, png) = try bench.make("super-resolutions", [("image", image)], request: "{\"steps\":6,\"seed\":\"8\",\"scale\":\(scale)}")
        let made = try Pictures.image(png)
        #expect((made.width, made.height) == (16 * scale, 8 * scale))
        let worst = try #require(job["consistency"]?["quantised"]?["max"]?.number?.double)
        #expect(worst <= 0.5, "a mean of whole grey levels is at most half a level away")
        #expect(job["consistency"]?["outside_change"] == nil)
        #expect(try bench.verify(png).answer["equal"] == true)
        #expect(try bench.command([try bench.save(png, "made.png"), "--image", try bench.save(image, "given.png")]).status == 0)
    }

    /// Killed in the middle, an inpainting goes on where it was, with the pixels that came with its request.
    @Test func anInpaintingSurvivesAKill() throws {
        let (image, mask) = (Pictures.grey(32, 32), Pictures.mask(32, 32))
        let long = try LongJob.ofThisMachine()
        let request = #"{"count":\#(long.count),"steps":\#(long.steps),"seed":"9"}"#
        let arguments = [
            "-F", "request=\(request)", "-F", "image=@\(try bench.save(image, "a.png"))", "-F", "mask=@\(try bench.save(mask, "m.png"))",
        ]
        var killed: ServingProcess? = try ServingProcess(
            model: bench.checkpoint.path, database: "\(bench.folder.path)/killed.sqlite", settings: ServingProcess.telling)
        let accepted = try #require(try killed?.json("/v1/inpaintings", arguments))
        let id = try #require(accepted["id"]?.string)
        try killed?.waitForSave()
        killed?.child.signal(SIGKILL)
        _ = killed?.child.exitStatus()
        killed = nil
        let again = try ServingProcess(model: bench.checkpoint.path, database: "\(bench.folder.path)/killed.sqlite")
        let job = try again.waitForEnd(of: id)
        #expect(job["status"] == "succeeded")
        #expect(job["attempt"] == 2)
        #expect(job["resumed_from_step"]?.number?.int ?? 0 > 0)
        let other = try #require(try bench.service.json("/v1/inpaintings", arguments)["id"]?.string)
        let undisturbed = try bench.service.waitForEnd(of: other)
        #expect(job["images"]?.array?.first?["sha256"] == undisturbed["images"]?.array?.first?["sha256"])
        #expect(undisturbed["images"]?.array?.isEmpty == false)
    }
}
