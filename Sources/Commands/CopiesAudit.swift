import ArgumentParser
import Checkpoints
import Copies
import Datasets
import Evaluation
import Images
import Imaging
import JSON
import Training

/// `phantom copies audit`.
struct CopiesAudit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Counts the copies that models make, by condition.",
        discussion: """
            As many images of each condition, those first that the fewest training images show. Of a run its averages \
            and stages are compared: all make the same images, from the same seeds.
            """)

    @Option(name: .customLong("run"), help: ArgumentHelp("The folder of a run.", valueName: "dir"))
    var runFolder: String?

    @Option(help: ArgumentHelp("A model folder with an index; may be repeated.", valueName: "dir"))
    var model: [String] = []

    @Option(help: ArgumentHelp("Images of each condition.", valueName: "N"))
    var perCondition = 20

    @Option(help: "Of a run: so many stages, evenly spaced, the last at its end; 3 by default.")
    var stages: Int?

    @Option(help: "Of a run: the width of the average; may be repeated. 0.05 by default.")
    var width: [Double] = []

    @Option(help: "Steps of the sampler.")
    var steps: Int?

    @Option(help: "Seed of the first image; each condition's are a million apart.")
    var seed: UInt64 = 0

    @Option(help: "Compute threads; all cores by default.")
    var threads: Int?

    @Option(help: ArgumentHelp("A folder for the nearest pairs of each model as PNG files.", valueName: "dir"))
    var output: String?

    func validate() throws {
        try OptionRange.check("--threads", threads, in: OptionRange.threads)
        try OptionRange.check("--per-condition", perCondition, in: 1...100_000)
        try OptionRange.check("--stages", stages, in: 1...1000)
        for width in width { try OptionRange.check("--width", width, in: PowerAverage.widths) }
        try OptionRange.check("--steps", steps, in: 1...1_000_000)
        guard (runFolder == nil) != model.isEmpty else { throw ValidationError("Expected --run, or --model.") }
        guard model.isEmpty || stages == nil && width.isEmpty else {
            throw ValidationError("--stages and --width: expected --run, whose averages they choose.")
        }
    }

    func run() throws {
        let candidates = try runFolder.map { try RunCandidates(run: $0) }
        let folder = runFolder.map { RunFolder($0).model } ?? model[0]
        let first = try ServedModel.load(path: folder), index = try index(of: first, folder)
        // Before hours of images, not behind them.
        if let output { try makeFolders(output) }
        var conditions = try LabelledCondition.balanced(first.facts, over: nil, fixed: [], count: perCondition)
        let progress = ProgressLine()
        if let counts = try runFolder.flatMap(trainingCounts) {
            conditions = CopyAudit.rarestFirst(conditions, counts: counts)
        } else {
            progress.note("conditions are in the model's order: how many training images show them is not known")
        }
        var settings = CopyAudit.Settings(conditions, seed: seed)
        settings.threads = threads
        settings.sampling["steps"] = steps.map { .integer($0) }
        let audit = try CopyAudit(index, settings)
        for line in CopyIndexing.lines(index.calibration) { print(line) }
        try ScratchFolder.during("audit") { scratch in
            var number = 0
            try forEachSubject(of: candidates, below: scratch.path) { name, path in
                number += 1
                let subject = CopyAudit.Subject(name, try ServedModel.load(path: path))
                let finding = try audit.run(
                    subject, into: "\(scratch.path)/set-\(number)", isWanted: { true },
                    progress: { progress.show(done: $0, of: $1) })
                progress.finish()
                if let finding { try tell(finding, index) }
            }
        }
    }

    /// The index in a model's folder, of images like those that it makes.
    private func index(of model: ServedModel, _ folder: String) throws -> CopyIndex {
        let facts = model.facts.generation
        let index = try CopyIndex.read(
            model: folder, width: facts.width, height: facts.height, channels: facts.channels)
        guard let index else {
            throw CopyError(
                "\(folder)/\(CopyIndex.fileName)", expected: "the index of the training images (phantom copies index)",
                got: "no such file")
        }
        return index
    }

    /// The models one after the other; of a run each is made below a folder that goes again.
    private func forEachSubject(
        of run: RunCandidates?, below scratch: String, _ body: (_ name: String, _ path: String) throws -> Void
    ) throws {
        guard let run else { return try model.forEach { try body($0, $0) } }
        let widths = width.isEmpty ? [0.05] : width
        let candidates = widths.flatMap { run.stages(width: $0, count: stages ?? 3) }
        for candidate in candidates.sorted(by: { ($0.step, $0.width) < ($1.step, $1.width) }) {
            try body(candidate.name, try run.model(candidate, below: scratch))
        }
    }

    private func tell(_ finding: CopyAudit.Finding, _ index: CopyIndex) throws {
        print(line(finding.name, finding.total) + ", \(finding.total.patients) training patients or groups")
        for (condition, report) in finding.conditions where finding.conditions.count > 1 {
            print("  " + line(condition.label, report))
        }
        guard let output, let picture = try finding.total.picture(index, training: nil) else { return }
        let name = finding.name.map { $0.isLetter || $0.isNumber ? String($0) : "-" }.joined()
        try writeWholeFile(PNGEncoder.encode(picture).bytes, to: "\(output)/\(name).png")
    }

    private func line(_ name: String, _ report: CopyReport) -> String {
        let interval = report.interval ?? 0...1
        return "\(name): \(report.flagged) of \(report.count) are copies, \(CopyIndexing.percent(report.share ?? 0)) "
            + "(\(CopyIndexing.percent(interval.lowerBound)) to \(CopyIndexing.percent(interval.upperBound)))"
    }

    /// Images that the run trains with by condition; nil where its data are not there any more.
    private func trainingCounts(_ folder: String) throws -> [String: Int]? {
        try RunFolder(folder).storedSettings().flatMap { try? CopyAudit.counts(trainedWith: $0.dataset) }
    }
}
