import Foundation
import Images
import Testing
import TestSupport

@Suite("phantom dataset")
struct DatasetCommandTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        var table = "filename,view,patient_id\n"
        for image in 0..<6 {
            let samples = (0..<64).map { UInt16(($0 * (image + 3) * 7 + $0 / 8 * 40 * image) % 256) }
            let picture = try PixelImage(width: 8, height: 8, channels: 1, bitDepth: 8, samples: samples)
            try Data(PNGEncoder.encode(picture).bytes).write(to: URL(fileURLWithPath: "\(folder.path)/\(image).png"))
            table += "\(image).png,\(image % 2 == 0 ? "PA" : "AP"),\(image / 2)\n"
        }
        try table.write(toFile: "\(folder.path)/labels.csv", atomically: true, encoding: .utf8)
    }

    @Test func inspectCountsAndDrawsASheet() throws {
        let sheet = "\(folder.path)/.sheet.png"
        let run = try PhantomCommand(
            "dataset", "inspect", "--kind", "folder", "--path", folder.path, "--attribute", "view", "--output", sheet,
            "--size", "8")
        #expect(run.status == 0 && run.errors.isEmpty)
        #expect(run.output.contains("folder, 6 images, 3 groups") && run.output.contains("8x8 grey, 8 bits  6"))
        #expect(run.output.contains("attribute view:\n  AP  3\n  PA  3\n") && run.output.contains("rows of AP, PA"))
        #expect(run.output.contains("classes that phantom train refuses, of fewer than 20 images:\n  view AP  3\n  view PA  3\n"))
        #expect(run.output.contains("\"small_classes\": \"merge\""), "the way out")
        let picture = try PNGDecoder.decode([UInt8](Data(contentsOf: URL(fileURLWithPath: sheet)))).image
        #expect(picture.width == 12 * 10 + 2 && picture.height == 22)
    }

    @Test func whatIsDamagedIsNamed() throws {
        try Data("no picture".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/3.png"))
        let run = try PhantomCommand("dataset", "inspect", "--kind", "folder", "--path", folder.path)
        #expect(run.status == 1 && run.output.contains("images that cannot be read: 1"))
        #expect(run.output.contains("/3.png: expected a PNG or JPEG file, got something else"))
        let export = try PhantomCommand(
            "dataset", "export", "--kind", "folder", "--path", folder.path, "--on-error", "skip", "--output",
            "\(folder.path)/.export")
        #expect(export.status == 0 && export.output.contains(".export: 5 images") && export.output.contains("left out: "))
        let wrong = try PhantomCommand("dataset", "inspect", "--kind", "folders", "--path", folder.path)
        #expect(wrong.status == 64 && wrong.errors.contains("Error: --kind: expected one of folder, nih, "), "\(wrong.errors)")
    }
}
