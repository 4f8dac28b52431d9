import Foundation
import TestSupport
import Testing

/// `phantom inpaint` and `phantom upscale` on the shipped model, their pictures out of PngSuite (32 x 32 pixels).
@Suite("phantom inpaint, phantom upscale")
struct RestorationCommandTests {
    private struct Output {
        let report: [String: Any]
        let images: [[String: Any]]
        let digests: [String]
        let files: Set<String>
    }

    private func picture(_ name: String) -> String { PhantomCommand.root + "/Tests/Fixtures/png/pngsuite/\(name).png" }

    private func output(_ arguments: [String]) throws -> Output {
        let folder = try TemporaryFolder()
        let run = try PhantomCommand(
            arguments + ["--model", PhantomCommand.root + "/Models/cxr64", "--output", folder.path, "--seed", "5", "--steps", "6"],
            environment: [:])
        try #require(run.status == 0, "\(run.errors)")
        let json = try Data(contentsOf: folder.url.appending(path: "consistency.json"))
        let report = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
        let manifest = try String(contentsOf: folder.url.appending(path: "manifest.csv"), encoding: .utf8)
        return Output(
            report: report, images: try #require(report["images"] as? [[String: Any]]),
            digests: manifest.split(whereSeparator: \.isNewline).dropFirst().compactMap { $0.split(separator: ",").last.map(String.init) },
            files: Set(try FileManager.default.contentsOfDirectory(atPath: folder.path)))
    }

    private func largest(_ image: [String: Any], _ key: String) throws -> Double {
        try #require((image[key] as? [String: Any])?["max"] as? Double)
    }

    @Test(arguments: ["ddnm", "repaint"], ["basn0g08", "basn0g16"])
    func nothingChangesOutsideTheMask(_ method: String, _ image: String) throws {
        let made = try output(
            ["inpaint", "--image", picture(image), "--mask", picture("basn0g01"), "--method", method, "--resample", "2,2", "--count", "2"])
        #expect(made.files == ["00000.png", "00001.png", "manifest.csv", "consistency.json", "deviation.png"])
        #expect(made.images.count == 2 && made.report["deviation"] as? String == "deviation.png")
        for image in made.images {
            #expect(image["outside_change"] as? Double == 0)
            #expect(try largest(image, "quantised") == 0)
        }
    }

    @Test func meansOfTheLargeImageAreTheSmallOne() throws {
        let made = try output(["upscale", "--image", picture("basn0g08"), "--scale", "2"])
        #expect(made.files == ["00000.png", "manifest.csv", "consistency.json"])
        let image = made.images[0]
        #expect(image["outside_change"] == nil && made.report["deviation"] == nil)
        #expect(try largest(image, "computed") < 1e-3)
        let quantised = try largest(image, "quantised")
        #expect(quantised > 0 && quantised <= 0.5)
        let noisy = try output(["upscale", "--image", picture("basn0g08"), "--scale", "2", "--noise-level", "0.1"])
        #expect(try largest(noisy.images[0], "computed") > 1)
    }

    /// A map of where eight images differed is none of the one that is made in their place.
    @Test func nothingOfEarlierImagesIsSaidOfLaterOnes() throws {
        let folder = try TemporaryFolder()
        func files(_ count: String) throws -> Set<String> {
            let run = try PhantomCommand(
                "upscale", "--image", picture("basn0g08"), "--scale", "2", "--output", folder.path, "--steps", "2", "--model",
                PhantomCommand.root + "/Models/cxr64", "--count", count)
            #expect(run.status == 0, "\(run.errors)")
            return Set(try FileManager.default.contentsOfDirectory(atPath: folder.path))
        }
        #expect(try files("2").contains("deviation.png"))
        #expect(try files("1") == ["00000.png", "00001.png", "manifest.csv", "consistency.json"])
    }

    @Test func batchAndThreadsDoNotShow() throws {
        let arguments = ["inpaint", "--image", picture("basn0g08"), "--mask", picture("basn0g01")]
        let alone = try output(arguments + ["--threads", "1"])
        let together = try output(arguments + ["--threads", "2", "--count", "3"])
        #expect(together.digests.count == 3 && Set(together.digests).count == 3)
        #expect(together.digests.first == alone.digests.first)
        #expect(try output(arguments + ["--count", "3", "--batch", "2"]).digests == together.digests)
    }

    @Test func whatCannotBeWorkedOnIsNamed() throws {
        let temporary = try TemporaryFolder(), folder = "\(temporary.path)/none"
        func errors(_ arguments: String...) throws -> (Int32, String) {
            let run = try PhantomCommand(
                arguments + ["--model", PhantomCommand.root + "/Models/cxr64", "--output", folder], environment: [:])
            return (run.status, run.errors)
        }
        let missing = try errors("inpaint", "--image", "/nonexistent.png", "--mask", picture("basn0g01"))
        #expect(
            missing.0 == 1 && missing.1 == "Error: /nonexistent.png: expected a readable file, got nothing of this name\n")
        let place = try errors("inpaint", "--image", temporary.path, "--mask", picture("basn0g01"))
        #expect(place.1 == "Error: \(temporary.path): expected a readable file, got a folder\n")
        let colour = try errors("upscale", "--image", picture("basn2c08"), "--scale", "2")
        #expect(colour.0 == 1 && colour.1.contains("basn2c08.png: expected a grey picture"))
        let size = try errors("inpaint", "--image", picture("basn0g08"), "--mask", PhantomCommand.root + "/Tests/Fixtures/png/written/channels1-bits8.png")
        #expect(size.0 == 1 && size.1.contains("mask"))
        let scale = try errors("upscale", "--image", picture("basn0g08"), "--scale", "3")
        #expect(scale.0 == 64 && scale.1.hasPrefix("Error: --scale: expected 2, 4 or 8, got number 3\n"), "\(scale.1)")
        #expect(try errors("upscale", "--image", picture("basn0g08")).0 == 64)
        #expect(try errors("inpaint", "--image", "a", "--mask", "b", "--resample", "3").0 == 64)
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    /// A model whose network sees the enlarged image in a second channel.
    @Test func modelsTrainedForItAreTold() throws {
        let folder = try TemporaryFolder()
        let (model, made) = ("\(folder.path)/model", "\(folder.path)/out")
        try FileManager.default.copyItem(atPath: PhantomCommand.root + "/Tests/Fixtures/diffusion/conditional", toPath: model)
        func run(_ command: String...) throws -> PhantomCommand {
            try PhantomCommand(command + ["--model", model, "--output", made, "--seed", "1", "--steps", "3"], environment: [:])
        }
        func manifest(_ text: String) throws { try text.write(toFile: model + "/phantom.json", atomically: true, encoding: .utf8) }
        var digests: [String] = []
        for order in ["condition-first", "image-first"] {
            try manifest(#"{"name":"trained","channels":1,"low_resolution":{"order":"\#(order)","upsampling":"nearest"}}"#)
            let upscaled = try run("upscale", "--image", picture("basn0g08"), "--scale", "4")
            #expect(upscaled.status == 0, "\(upscaled.errors)")
            digests += try String(contentsOfFile: made + "/manifest.csv", encoding: .utf8).split(separator: ",").suffix(1).map(String.init)
            #expect(try run("generate").errors.contains("one trained for super-resolution"))
            #expect(try run("upscale", "--image", picture("basn0g08"), "--scale", "4", "--method", "ddnm").status == 1)
        }
        #expect(digests.count == 2 && Set(digests).count == 2)
        try manifest(#"{"name":"trained","channels":1}"#)
        #expect(try run("upscale", "--image", picture("basn0g08"), "--scale", "4").errors.contains("in_channels: expected the 1 channels"))
    }
}
