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
        var findings = try options.given.map(findings(on:)) ?? findings(on: options.roles())
        findings.command = Array(CommandLine.arguments.dropFirst())
        print(String(decoding: Self.bytes(findings), as: UTF8.self), terminator: "")
        guard let output = options.output else { return }
        findings.created = Date().formatted(.iso8601)
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        try Data(Self.bytes(findings)).write(to: URL(filePath: "\(output)/report.json"), options: .atomic)
    }

    private static func bytes(_ findings: EvaluationReport) -> [UInt8] {
        JSONWriter(indent: 2).write(.object(findings.json)) + [UInt8(ascii: "\n")]
    }

    private func findings(on given: EvaluateOptions.Given) throws -> EvaluationReport {
        try Evaluation.report(
            real: FeatureFile(path: given.real), train: given.train.map { try FeatureFile(path: $0) },
            synthetic: FeatureFile(path: given.synthetic), seed: options.seed, threads: options.threadCount)
    }

    private func findings(on roles: ImageRoles) throws -> EvaluationReport {
        let progress = ProgressLine()
        for note in roles.notes { progress.note(note) }
        let making = try FeatureMaking(
            options.extractor(), cache: FeatureCache(folder: options.cacheFolder),
            threads: options.threadCount)
        defer { progress.finish() }
        return try Evaluation(making: making, seed: options.seed).report(on: roles) { _, done, total in
            progress.show(done: done, of: total)
        }
    }
}
