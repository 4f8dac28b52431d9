import Foundation
import Testing
import TestSupport

@Suite("phantom --version")
struct VersionTests {
    /// That of `openapi.yaml`, which `GET /health` tells too.
    @Test func itIsTheOneOfTheInterface() throws {
        let document = try String(contentsOfFile: PhantomCommand.root + "/openapi.yaml", encoding: .utf8)
        let line = try #require(document.split(separator: "\n").first { $0.hasPrefix("  version: ") })
        let run = try PhantomCommand("--version")
        #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
        #expect(run.output == line.dropFirst("  version: ".count) + "\n")
    }

    /// A folder that cannot be made is told in words.
    @Test func anOutputThatCannotBeIsNamed() throws {
        let model = PhantomCommand.root + "/Models/cxr64"
        let run = try PhantomCommand("generate", "--model", model, "--output", "/proc/nope", "--steps", "1")
        #expect(run.status == 1)
        #expect(run.errors.hasSuffix("/proc/nope: expected a folder that can be made, got \"No such file or directory\"\n"), "\(run.errors)")
    }
}
