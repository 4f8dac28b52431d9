import ArgumentParser
import Evaluation
import FoundationEssentials
import Imaging
import JSON

/// `phantom evaluate`: how realistic synthetic images are, and how sure that is.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compares synthetic images with real ones, and writes report.json.",
        discussion: """
            Images are given as folders of pictures or as data sets (a train.json), or as features that another \
            program made. See Documentation/Evaluation.md.
            """)

    @OptionGroup var options: EvaluateOptions

    func run() throws {
        var report = try options.given.map(Self.report(on:)) ?? report(on: options.roles())
        report.command = Array(CommandLine.arguments.dropFirst())
        let bytes = JSONWriter(indent: 2).write(.object(report.json)) + [UInt8(ascii: "\n")]
        if let output = options.output {
            report.created = Date().formatted(.iso8601)
            let dated = JSONWriter(indent: 2).write(.object(report.json)) + [UInt8(ascii: "\n")]
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
            try Data(dated).write(to: URL(filePath: "\(output)/report.json"), options: .atomic)
        }
        print(String(decoding: bytes, as: UTF8.self), terminator: "")
    }

    private static func report(on given: EvaluateOptions.Given) throws -> EvaluationReport {
        try Evaluation.report(
            real: FeatureFile(path: given.real), train: given.train.map { try FeatureFile(path: $0) },
            synthetic: FeatureFile(path: given.synthetic))
    }

    private func report(on roles: ImageRoles) throws -> EvaluationReport {
        let progress = ProgressLine()
        for note in roles.notes { progress.note(note) }
        let making = try FeatureMaking(
            options.extractor(), cache: FeatureCache(folder: options.cacheFolder),
            threads: options.threads ?? MachineResources.current.cores)
        defer { progress.finish() }
        return try Evaluation(making: making).report(on: roles) { _, done, total in
            progress.show(done: done, of: total)
        }
    }
}
