import ArgumentParser
import Evaluation
import Imaging

/// `phantom augment`: a labelled set of synthetic images, so many of each condition.
struct Augment: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes a labelled set of images by condition.",
        discussion: """
            Writes PNG files in one folder a condition, labels.csv (the data set kind "folder" reads the set) and \
            manifest.csv with seed and digests. The same command goes on with a set that was broken off.
            """)

    @Option(help: ArgumentHelp("A model folder (diffusers layout).", valueName: "dir"))
    var model: String

    @Option(help: ArgumentHelp("Folder of the set: empty, new, or one that was begun.", valueName: "dir"))
    var output: String

    @Option(help: ArgumentHelp("Images of each condition.", valueName: "N"))
    var perCondition: Int?

    @Option(
        name: .customLong("images"),
        help: ArgumentHelp(
            "Instead: so many images of one condition, such as \"view=PA;finding=mass:50\"; may be repeated.",
            valueName: "condition:N"))
    var images: [String] = []

    @Option(
        help: ArgumentHelp("An attribute that varies; all of the model's by default. Repeatable.", valueName: "name"))
    var attribute: [String] = []

    @Option(
        name: .customLong("condition"),
        help: ArgumentHelp("What all images show beside that. Repeatable.", valueName: "name=value"))
    var conditions: [String] = []

    @OptionGroup var generation: GenerationOptions

    @Option(help: "Seed of the first image; each condition's are a million apart.")
    var seed: UInt64 = 0

    @Flag(
        inversion: .prefixedNo,
        help: "Reject copies of training images, where the model has an index of them (phantom copies index).")
    var rejectCopies = true

    @Option(help: ArgumentHelp("The set as one zip archive too.", valueName: "file"))
    var zip: String?

    @Option(help: ArgumentHelp("The set as NumPy arrays too: images, labels, seeds, attributes.", valueName: "file"))
    var npz: String?

    func validate() throws {
        try OptionRange.check("--per-condition", perCondition, in: 1...LabelledSetPlan.mostImages)
        guard (perCondition == nil) != images.isEmpty else {
            throw ValidationError("Expected --per-condition N, or --images condition:N for each condition.")
        }
        guard images.isEmpty || attribute.isEmpty && conditions.isEmpty else {
            throw ValidationError("--images says the whole condition: expected no --attribute and no --condition.")
        }
        do { try checkConditions() } catch { throw ValidationError("\(error).") }
    }

    /// What no model is needed to judge.
    /// - Throws: `EvaluationError` for conditions of another form, or two of the same.
    private func checkConditions() throws(EvaluationError) {
        let read = try images.map { text throws(EvaluationError) in try LabelledCondition(option: text) }
        try LabelledCondition.checkDistinct(read)
        let fixed = try fixedChoices()
        try LabelledCondition.checkFixed(fixed, varying: attribute)
    }

    func run() throws {
        let served = try ServedModel.load(path: model), signal = StopSignal(), progress = ProgressLine()
        let judge = try CopyJudge(rejectCopies ? model : nil, served.facts)
        for note in judge.notes { progress.note(note) }
        let plan = try LabelledSetPlan(
            try labelledConditions(served.facts), model: served.facts, sampling: generation.body, seed: seed,
            judging: judge.description)
        var set = try LabelledSet(
            plan, model: served, folder: output, threads: generation.threads, batch: generation.together)
        let outcome = try set.make(
            judge: judge.judgement, isWanted: { !signal.wasGiven },
            progress: { progress.show(done: $0, of: $1) })
        progress.finish()
        guard let outcome else { return print("\(output): broken off; the same command goes on.") }
        if let zip { try set.archive(to: zip) }
        if let npz { try set.writeArrays(to: npz) }
        print(
            "\(output): \(outcome.kept) images of \(plan.conditions.count) conditions"
                + (judge.searches ? ", \(outcome.rejected) copies rejected" : ""))
    }

    private func labelledConditions(_ facts: ModelFacts) throws -> [LabelledCondition] {
        guard let perCondition else { return try images.map { try LabelledCondition(option: $0, of: facts) } }
        return try LabelledCondition.balanced(
            facts, over: attribute.isEmpty ? nil : attribute, fixed: try fixedChoices(), count: perCondition)
    }

    private func fixedChoices() throws(EvaluationError) -> [(attribute: String, value: String)] {
        try conditions.map { text throws(EvaluationError) in
            try LabelledCondition.choice(text, place: "--condition \(text)")
        }
    }
}
