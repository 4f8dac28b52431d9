import ArgumentParser
import Evaluation

/// Of `phantom evaluate`: whether synthetic images are tried in the training of classifiers, and how.
struct DownstreamOptions: ParsableArguments {
    @Flag(help: "Train classifiers on real and synthetic images: do the synthetic ones help? Takes up to two hours.")
    var downstream = false

    @Option(
        help: ArgumentHelp(
            "Of --downstream: the attribute whose values are told apart; the one that both sets have by default.",
            valueName: "name"))
    var task: String?

    @Option(
        name: .customLong("class"),
        help: ArgumentHelp(
            "Of --downstream: a class and the values that show it, such as \"normal=PA normal|AP normal\". Repeatable.",
            valueName: "name=value|value"))
    var classes: [String] = []

    @Option(
        help: ArgumentHelp(
            "Of --downstream: real images that are trained with, in percent. Repeatable; 10, 25 and 100 by default.",
            valueName: "percent"))
    var share: [Int] = []

    @Option(
        help: "Of --downstream: seeds of each training (5 by default); fewer take less time and give wider intervals.")
    var repeats: Int?

    func validate() throws {
        guard downstream || task == nil && classes.isEmpty && share.isEmpty && repeats == nil else {
            throw ValidationError("--task, --class, --share and --repeats belong to --downstream.")
        }
        for one in share { try OptionRange.check("--share", one, in: 1...100) }
        guard Set(share).count == share.count else { throw ValidationError("--share: expected each share once.") }
        try OptionRange.check("--repeats", repeats, in: 2...100)
        do { _ = try classificationTask } catch { throw ValidationError("\(error).") }
    }

    /// What `--class` and `--task` say; nil where no classes are given.
    /// - Throws: `EvaluationError` for classes of another form.
    var classificationTask: ClassificationTask? {
        get throws { classes.isEmpty ? nil : try ClassificationTask(attribute: task, options: classes) }
    }

    /// - Parameter seed: of all that is drawn.
    func plan(seed: UInt64) -> DownstreamPlan {
        var plan = DownstreamPlan(seed: seed)
        if !share.isEmpty { plan.shares = share.sorted() }
        if let repeats { plan.seeds = repeats }
        return plan
    }
}
