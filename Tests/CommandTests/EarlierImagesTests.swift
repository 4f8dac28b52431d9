import Foundation
import Testing

/// Images that an earlier version made are still what their recipes make.
@Suite("Images of earlier versions")
struct EarlierImagesTests {
    private static let folder = PhantomCommand.root + "/Tests/Fixtures/recipes"
    private static let given: Set = ["given.png", "given16.png", "mask.png"]
    private static let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
        .filter { ($0.hasSuffix(".png") || $0.hasSuffix(".dcm")) && !given.contains($0) }.sorted()

    @Test func thereIsOneOfEveryKind() { #expect(Self.files.count == 24) }

    @Test(arguments: files) func keepsItsBits(_ file: String) throws {
        let inputs: [String] =
            if file.hasPrefix("inpaint") {
                ["--image", Self.folder + "/given.png", "--mask", Self.folder + "/mask.png"]
            } else if file.hasPrefix("upscale") {
                ["--image", Self.folder + "/given16.png"]
            } else {
                []
            }
        let run = try PhantomCommand(
            ["verify", Self.folder + "/" + file, "--model", PhantomCommand.root + "/Models/cxr64"] + inputs, environment: [:])
        #expect(run.status == 0, "\(file): \(run.output)\(run.errors)")
    }
}
