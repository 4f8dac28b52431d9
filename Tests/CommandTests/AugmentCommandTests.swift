import Foundation
import TestSupport
import Testing

@Suite("phantom augment") struct AugmentCommandTests {
    private static let model = PhantomCommand.root + "/Models/cxr64"

    private func lines(_ path: String) throws -> [String] {
        String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
            .split(whereSeparator: \.isNewline).map(String.init)
    }

    private func augment(_ output: String, _ options: [String]) throws -> PhantomCommand {
        try PhantomCommand(
            ["augment", "--model", Self.model, "--output", output, "--steps", "2", "--seed", "7"] + options,
            environment: [:])
    }

    /// The set is one for the kind `folder`, and the same bytes whether it was broken off or not, in batches of any size.
    @Test func aSetIsTheSameHoweverItIsMade() throws {
        let folder = try TemporaryFolder()
        let (whole, broken) = ("\(folder.path)/whole", "\(folder.path)/broken")
        let zip = "\(folder.path)/set.zip", npz = "\(folder.path)/set.npz"
        let first = try augment(whole, ["--per-condition", "2", "--batch", "8", "--zip", zip, "--npz", npz])
        #expect(first.status == 0, "\(first.errors)")
        let labels = try lines("\(whole)/labels.csv"), manifest = try lines("\(whole)/manifest.csv")
        #expect(labels.count == 9 && labels[0] == "filename,label,study")
        #expect(labels[1] == "00-PA-normal/00000.png,PA normal,PA normal")
        #expect(manifest[0] == "file,seed,labels,sha256,recipe_sha256")
        #expect(manifest[8].hasPrefix("03-AP-abnormal/00001.png,3000008,study=AP abnormal,"))
        let inspect = try PhantomCommand("dataset", "inspect", "--kind", "folder", "--path", whole)
        #expect(inspect.status == 0 && inspect.output.contains("8 images"), "\(inspect.output) \(inspect.errors)")

        // The end of the archive's directory says how many files there are.
        let archive = [UInt8](try Data(contentsOf: URL(filePath: zip)))
        #expect(archive.starts(with: [0x50, 0x4B, 3, 4]) && archive.suffix(22).starts(with: [0x50, 0x4B, 5, 6]))
        #expect(archive[archive.count - 12] == 10)

        // Headers of NumPy's format, and where eight images of 64x64 begin.
        let arrays = [UInt8](try Data(contentsOf: URL(filePath: npz)))
        let text = String(decoding: arrays, as: UTF8.self)
        #expect(text.contains("{'descr': '|u1', 'fortran_order': False, 'shape': (8, 64, 64), }"))
        #expect(text.contains("labels.npy") && text.contains("'descr': '<U11'") && text.contains("attribute_study.npy"))
        #expect(arrays.count > 8 * 4096 && arrays.count < 8 * 4096 + 4096)

        try FileManager.default.copyItem(atPath: whole, toPath: broken)
        let log = "\(broken)/attempts.csv"
        let logged = try String(contentsOfFile: log, encoding: .utf8)
        // The last line is cut off in the middle, and the image before it was not noted.
        let kept = logged.split(separator: "\n", omittingEmptySubsequences: false).prefix(7).joined(separator: "\n")
        try (kept + "\n3,0,30").write(toFile: log, atomically: true, encoding: .utf8)
        try FileManager.default.removeItem(atPath: "\(broken)/labels.csv")
        let again = try augment(broken, ["--per-condition", "2", "--batch", "1"])
        #expect(again.status == 0, "\(again.errors)")
        for file in ["labels.csv", "manifest.csv", "03-AP-abnormal/00001.png"] {
            #expect(FileManager.default.contentsEqual(atPath: "\(whole)/\(file)", andPath: "\(broken)/\(file)"))
        }
    }

    @Test func countsAreGivenByCondition() throws {
        let folder = try TemporaryFolder()
        let made = try augment("\(folder.path)/set", ["--images", "study=AP normal:1", "--images", "study=PA normal:2"])
        #expect(made.status == 0, "\(made.errors)")
        #expect(try lines("\(folder.path)/set/labels.csv").count == 4)
        let other = try augment("\(folder.path)/set", ["--images", "study=AP normal:2"])
        #expect(other.status == 1 && other.errors.contains("augment.json"), "\(other.errors)")
        try Data("x".utf8).write(to: URL(filePath: "\(folder.path)/set/00-AP-normal/00000.png"))
        let changed = try augment(
            "\(folder.path)/set", ["--images", "study=AP normal:1", "--images", "study=PA normal:2"])
        #expect(changed.status == 1 && changed.errors.contains("SHA-256"), "\(changed.errors)")
    }

    @Test(arguments: [
        ["--images", "study=PA nrmal:3"], ["--images", "view=PA:3"], ["--per-condition", "1", "--attribute", "view"],
        ["--per-condition", "1", "--condition", "view=PA"],
    ])
    func whatTheModelDoesNotHaveIsRefused(_ options: [String]) throws {
        let folder = try TemporaryFolder()
        let refused = try augment("\(folder.path)/set", options)
        // A note that copies cannot be looked for may stand before it.
        let last = refused.errors.split(separator: "\n").last ?? ""
        #expect(refused.status == 1 && last.hasPrefix("Error: "), "\(refused.errors)")
    }

    /// A model is not needed to judge them.
    @Test(arguments: [
        (["--images", "study"], "--images study: expected name=value;name=value:N"),
        (["--images", "study=PA normal"], "N from 1 to 1000000"), (["--images", "study=PA normal:0"], "N from 1 to"),
        (["--images", "study:3"], "--images study:3: expected name=value, got study"),
        (["--images", "study=PA normal;study=AP normal:3"], "attribute study: expected one value, got two"),
        (["--images", "a=1;b=2:1", "--images", "b=2;a=1:3"], "conditions: expected each once, got b=2;a=1 twice"),
        (["--per-condition", "1", "--condition", "study"], "--condition study: expected name=value, got study"),
        (["--per-condition", "1", "--condition", "=PA"], "--condition =PA: expected name=value, got =PA"),
        (["--per-condition", "1", "--condition", "a=1", "--condition", "a=2"], "attribute a: expected one value, got two"),
        (["--per-condition", "1", "--attribute", "a", "--condition", "a=1"], "attribute a: expected to vary or to be given"),
    ])
    func conditionsOfAnotherFormAreUsage(_ options: [String], _ complaint: String) throws {
        let refused = try PhantomCommand(["augment", "--model", "nowhere", "--output", "nowhere"] + options, environment: [:])
        #expect(refused.status == 64 && refused.errors.contains("Error: "), "\(refused.errors)")
        #expect(refused.errors.contains(complaint) && refused.errors.contains("Usage: "), "\(refused.errors)")
    }

    @Test func onlyOneWayOfCountingIsTaken() throws {
        #expect(try augment("/nowhere", []).status == 64)
        #expect(try augment("/nowhere", ["--per-condition", "1", "--images", "study=PA normal:1"]).status == 64)
        #expect(try augment("/nowhere", ["--per-condition", "0"]).status == 64)
    }
}
