import Foundation
import TestSupport
import Testing

@Suite("phantom generate")
struct GenerateCommandTests {
    private func generate(into folder: TemporaryFolder, _ options: String...) throws -> PhantomCommand {
        try PhantomCommand(
            ["generate", "--model", PhantomCommand.root + "/Models/cxr64", "--output", folder.path, "--steps", "1"] + options,
            environment: [:])
    }

    private func names(in folder: TemporaryFolder) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: folder.path))
    }

    /// Nothing is deleted that might be wanted, and nobody takes an earlier command's images for this one's.
    @Test func imagesOfAnEarlierCommandStayAndAreTold() throws {
        let folder = try TemporaryFolder()
        let first = try generate(into: folder, "--count", "3")
        #expect(first.status == 0 && first.errors.isEmpty, "\(first.errors)")
        for name in ["0.png", "123.png", "00007.jpg", "scan.png"] {
            try Data("not ours".utf8).write(to: folder.url.appending(path: name))
        }
        let fewer = try generate(into: folder, "--count", "1")
        #expect(fewer.status == 0, "\(fewer.errors)")
        #expect(fewer.errors.contains("keeps images of an earlier command beside this one's: 00001.png to 00002.png, 2 in all"), "\(fewer.errors)")
        #expect(try names(in: folder) == ["00000.png", "00001.png", "00002.png", "00007.jpg", "0.png", "123.png", "manifest.csv", "scan.png"])
        let manifest = try String(contentsOf: folder.url.appending(path: "manifest.csv"), encoding: .utf8)
        #expect(manifest.split(whereSeparator: \.isNewline).count == 2)
        // Of another format all of them stay.
        let other = try generate(into: folder, "--count", "3", "--format", "dcm")
        #expect(other.errors.contains("keeps images of an earlier command beside this one's: 00000.png to 00002.png, 3 in all"), "\(other.errors)")
        let same = try generate(into: folder, "--count", "3")
        #expect(same.errors.contains("00000.dcm to 00002.dcm"), "\(same.errors)")
    }
}
