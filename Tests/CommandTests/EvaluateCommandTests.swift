import Foundation
import Images
import Testing
import TestSupport

@Suite("phantom evaluate")
struct EvaluateCommandTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func path(_ name: String) -> String { "\(folder.path)/\(name)" }

    /// Grey pictures, of whom two belong to one patient.
    func pictures(_ name: String, first: Int, count: Int, side: Int = 16) throws -> String {
        try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
        var table = "filename,label,patient_id\n"
        for number in first..<first + count {
            let samples = (0..<side * side).map {
                UInt16(($0 * (number + 3) * 7 + $0 / side * 40 * (number % 5)) % 256)
            }
            let picture = try PixelImage(width: side, height: side, channels: 1, bitDepth: 8, samples: samples)
            try Data(PNGEncoder.encode(picture).bytes).write(to: URL(fileURLWithPath: path("\(name)/\(number).png")))
            table += "\(number).png,\(number % 2),\(number / 2)\n"
        }
        try table.write(toFile: path("\(name)/labels.csv"), atomically: true, encoding: .utf8)
        return path(name)
    }

    /// A safetensors file of one tensor, written by hand.
    private func features(_ name: String, _ rows: [[Float]], tensor: String = "features") throws -> String {
        let shape = "[\(rows.count),\(rows[0].count)]", bytes = rows.joined().count * 4
        var header = "{\"\(tensor)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[0,\(bytes)]}}"
        while header.utf8.count % 8 != 0 { header += " " }
        var data = Data()
        func append(_ number: UInt64, bytes: Int) {
            for place in 0..<bytes { data.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * place))) }
        }
        append(UInt64(header.utf8.count), bytes: 8)
        data.append(contentsOf: header.utf8)
        for value in rows.joined() { append(UInt64(value.bitPattern), bytes: 4) }
        try data.write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }

    private func json(_ text: String) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    private func value(_ report: [String: Any], _ name: String) throws -> Double? {
        let metrics = try #require(report["metrics"] as? [String: Any])
        let metric = try #require(metrics[name] as? [String: Any])
        return metric["value"] as? Double
    }

    @Test func foldersAreComparedAndTheSecondRunGivesTheSame() throws {
        let real = try pictures("real", first: 0, count: 24), made = try pictures("made", first: 100, count: 20)
        let output = path("report")
        let first = try PhantomCommand("evaluate", "--real", real, "--synthetic", made, "--output", output)
        #expect(first.status == 0, "\(first.errors)")
        let report = try json(first.output)
        #expect(try value(report, "kernel_distance") != nil)
        let sets = try #require(report["sets"] as? [String: [String: Any]])
        #expect(sets["real"]?["images"] as? Int == 24 && sets["real"]?["groups"] as? Int == 12)
        #expect((report["features"] as? [String: Any])?["name"] as? String == "efficientnet-lite0")
        #expect(FileManager.default.fileExists(atPath: "\(output)/report.json"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(output)/features").count == 3)  // blurred real ones too
        let again = try PhantomCommand("evaluate", "--real", real, "--synthetic", made, "--output", output)
        #expect(again.output == first.output)
    }

    /// Images of a model, by condition, are made once, searched and audited.
    @Test func aModelIsJudgedAndAudited() throws {
        let real = try pictures("real", first: 0, count: 20, side: 64)
        let train = try pictures("train", first: 200, count: 20, side: 64)
        let arguments = [
            "evaluate", "--real", real, "--train", train, "--model", PhantomCommand.root + "/Models/cxr64", "--count",
            "6", "--steps", "2", "--features", "radiomics", "--copies", "--audit", "1", "--output", path("report"),
        ]
        let first = try PhantomCommand(arguments, environment: [:])
        #expect(first.status == 0, "\(first.errors)")
        let report = try json(first.output)
        let model = try #require(report["model"] as? [String: Any])
        let conditions = try #require(model["conditions"] as? [[String: Any]])
        #expect(conditions.compactMap { $0["images"] as? Int } == [2, 2, 1, 1])
        let audit = try #require((report["audit"] as? [String: Any])?["models"] as? [[String: Any]])
        #expect(audit.count == 1 && audit[0]["images"] as? Int == 4)
        #expect((audit[0]["conditions"] as? [Any])?.count == 4)
        let labels = try String(contentsOfFile: path("report/images/labels.csv"), encoding: .utf8)
        #expect(labels.contains("00-PA-normal/00001.png,PA normal,PA normal"))
        #expect((report["domain"] as? [String: Any])?["modality"] as? String == "chest")
        #expect(try value(report, "domain.intensity") != nil)
        let other = try PhantomCommand(arguments + ["--seed", "1"], environment: [:])
        #expect(other.status == 1 && other.errors.contains("augment.json"), "\(other.errors)")
        #expect(try PhantomCommand("evaluate", "--real", real, "--synthetic", real, "--audit", "1").status == 64)
    }

    @Test func givenFeaturesAreCompared() throws {
        let a = (0..<8).map { row in (0..<3).map { Float(row * 7 % 5) + Float($0) } }
        let same = try PhantomCommand(
            "evaluate", "--real-features", try features("a", a), "--synthetic-features", try features("b", a))
        #expect(same.status == 0, "\(same.errors)")
        let distance = try #require(try value(json(same.output), "kernel_distance"))
        #expect(distance <= 0)  // unbiased, so of one set and itself below zero
        let (fid, frechet) = try (value(json(same.output), "fid"), value(json(same.output), "frechet_distance"))
        #expect(fid != nil && fid == frechet)
    }

    /// What would be passed over is refused: of features alone there are no images to measure, make features of or keep.
    @Test(arguments: [
        ["--modality", "chest"], ["--features", "radiomics"], ["--features", "efficientnet-lite0"],
        ["--features", "inception-v3:/nonexistent"], ["--allow-shared-patients"], ["--cache", "features"], ["--no-blurred"],
        ["--copies"], ["--downstream"],
    ])
    func featuresAloneTakeNoOptionOfImages(_ options: [String]) throws {
        let a = try features("a", [[1, 2], [3, 4]])
        let run = try PhantomCommand(
            ["evaluate", "--real-features", a, "--synthetic-features", a] + options, environment: [:])
        #expect(run.status == 64 && run.output.isEmpty)
        #expect(run.errors.contains("\(options[0]): expected images, not features alone."), "\(run.errors)")
    }

    @Test func optionsOfWhatIsNotAskedForAreRefused() throws {
        let images = ["evaluate", "--real", folder.path, "--synthetic", folder.path]
        for (arguments, message) in [
            (images + ["--batch", "4"], "need --model or --run"), (images + ["--steps", "4"], "need --model or --run"),
            (["copies", "audit", "--model", "a", "--stages", "2"], "--stages and --width: expected --run"),
            (["copies", "audit", "--model", "a", "--width", "0.1"], "--stages and --width: expected --run"),
            (["bench", "--model", "a", "--driven", "--json"], "--driven: expected no --json"),
            (["bench", "--model", "a", "--driven", "--profile"], "--driven: expected no --json"),
            (["dataset", "export", "--config", "a", "--output", "b", "--channels", "3"], "--channels: expected --size"),
            (["dataset", "export", "--config", "a", "--output", "b", "--size", "0"], "--size: expected 1 to 8192"),
            (
                ["dataset", "export", "--config", "a", "--output", "b", "--size", "8", "--channels", "2"],
                "--channels: expected 1 or 3, got 2"
            ),
        ] {
            let run = try PhantomCommand(arguments, environment: [:])
            #expect(run.status == 64 && run.errors.contains(message), "\(run.errors)")
        }
    }

    @Test func whatCannotBeComparedIsNamed() throws {
        let a = try features("a", [[1, 2], [3, 4]]), b = try features("b", [[1, 2, 3], [3, 4, 5]])
        let other = try features("other", [[1, 2], [3, 4]], tensor: "rows")
        let bad = try features("bad", [[1, 2], [3, .nan]])
        for (second, message) in [
            (b, "got 3"), (other, "expected a tensor \"features\""), (bad, "features, row 1, value 1"),
            (path("none"), "none: expected a readable file"),
        ] {
            let run = try PhantomCommand("evaluate", "--real-features", a, "--synthetic-features", second)
            #expect(run.status == 1 && run.errors.contains(message), "\(run.errors)")
            #expect(run.output.isEmpty)
        }
        for (options, message) in [
            (["--repeats", "3"], "belong to --downstream"), (["--downstream", "--repeats", "1"], "--repeats"),
            (["--downstream", "--share", "0"], "--share"), (["--downstream", "--share", "5", "--share", "5"], "once"),
        ] {
            let run = try PhantomCommand(
                ["evaluate", "--real", folder.path, "--synthetic", folder.path] + options, environment: [:])
            #expect(run.status == 64 && run.errors.contains(message), "\(run.errors)")
        }
        let wrong = try PhantomCommand("evaluate", "--real-features", a)
        #expect(wrong.status == 64)
        let both = try PhantomCommand("evaluate", "--real-features", a, "--real", folder.path)
        #expect(both.status == 64)
    }

    @Test func aFileThatIsNoNetworkIsNamed() throws {
        let real = try pictures("real", first: 0, count: 4), made = try pictures("made", first: 100, count: 4)
        let file = try features("weights", [[1, 2], [3, 4]])
        for (name, weight) in [("inception-v3", "Conv2d_1a_3x3.conv.weight"), ("dinov2", "embeddings.cls_token")] {
            let run = try PhantomCommand(
                "evaluate", "--real", real, "--synthetic", made, "--features", "\(name):\(file)")
            #expect(run.status == 1 && run.errors.contains(weight), "\(run.errors)")
        }
        let unknown = try PhantomCommand("evaluate", "--real", real, "--synthetic", made, "--features", "fid")
        #expect(unknown.status == 64 && unknown.errors.contains("expected efficientnet-lite0, radiomics"))
    }
}
