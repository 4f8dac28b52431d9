import ArgumentParser
import Checkpoints
import JSON

/// `phantom inspect`: what a model folder or a safetensors file holds, and whether it fits together.
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what a model or a safetensors file holds, every byte of its layout checked.")

    @Option(help: ArgumentHelp("A model folder (diffusers layout).", valueName: "dir"))
    var model: String?

    @Option(help: "Which weights of the folder: fp16, ema, non_ema, ...")
    var variant: String?

    @Flag(help: "Report what does not fit together; exit 1 if there is an error among it.")
    var lint = false

    @Flag(help: "Write JSON.")
    var json = false

    @Argument(help: ArgumentHelp("A safetensors file instead of a model.", valueName: "file"))
    var file: String?

    func validate() throws {
        guard (model == nil) != (file == nil) else {
            throw ValidationError("Expected either --model <dir> or a safetensors file.")
        }
        guard variant == nil || model != nil else { throw ValidationError("--variant needs --model.") }
        try OptionRange.check(variant: variant)
    }

    func run() throws {
        let report: InspectionReport
        if let model {
            report = try InspectionReport(folder: try ModelFolder(path: model, variant: variant), lint: lint)
        } else {
            report = InspectionReport(file: try SafetensorsFile(path: file ?? ""), lint: lint)
        }
        if json {
            print(String(decoding: JSONWriter(indent: 2).write(.object(report.json)), as: UTF8.self))
        } else {
            print(report.text)
        }
        if report.findings.contains(where: { $0.severity == .error }) { throw ExitCode.failure }
    }
}
