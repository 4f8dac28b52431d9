import ArgumentParser
import Checkpoints
import Evaluation
import FoundationEssentials
import Imaging
import JSON

/// `phantom evaluate`: how realistic synthetic images are, and how sure that is.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compares synthetic images with real ones, and writes report.json.",
        discussion: """
            Images are given as folders of pictures or as data sets (a train.json), made by a model or by the averages \
            of a training run, or given as features that another program made. The same command goes on with what was \
            broken off. See Documentation/Evaluation.md.
            """)

    @OptionGroup var options: EvaluateOptions

    func run() throws {
        guard var report = try EvaluationWork(options).report() else {
            Platform.writeToStandardError(Array("Broken off; the same command goes on.\n".utf8))
            throw ExitCode.failure
        }
        report.command = Array(CommandLine.arguments.dropFirst())
        print(String(decoding: Self.bytes(report), as: UTF8.self), terminator: "")
        guard let output = options.output else { return }
        report.created = Date().formatted(.iso8601)
        try makeFolders(output)
        for (name, bytes) in [("report.json", Self.bytes(report)), ("report.html", try report.html())] {
            try writeWholeFile(bytes, to: "\(output)/\(name)")
        }
        if options.writeSummary, let model = report.parts["model"]?["path"]?.string {
            try report.summary.write(intoModel: model)
        }
    }

    private static func bytes(_ report: EvaluationReport) -> [UInt8] {
        JSONWriter(indent: 2).write(.object(report.json)) + [UInt8(ascii: "\n")]
    }
}
