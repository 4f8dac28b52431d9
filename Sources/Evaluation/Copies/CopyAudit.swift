import Copies
import Diffusion
import Images
import Imaging
import JSON

/// How many images of a model are copies, by condition: as many of each condition, in a given order. Several models
/// (the averages of a run, or its stages) are asked for the very same images, so that one sees where copying begins.
public struct CopyAudit {
    /// A model that is audited, and how it is called.
    public struct Subject {
        public let name: String
        public let model: ServedModel

        public init(_ name: String, _ model: ServedModel) { (self.name, self.model) = (name, model) }
    }

    /// What was found of one model.
    public struct Finding {
        public let name: String
        /// Of all its images.
        public let total: CopyReport
        /// By condition, in the order in which they were made.
        public let conditions: [(condition: LabelledCondition, report: CopyReport)]
    }

    /// What decides the images beside the models.
    public struct Settings {
        /// Conditions, those first that are made first, and how many images of each.
        public var conditions: [LabelledCondition]
        public var seed: UInt64
        /// Fields of the requests beside condition, count and seed.
        public var sampling = JSONObject()
        public var threads: Int?
        public var batch = 8

        public init(_ conditions: [LabelledCondition], seed: UInt64) {
            (self.conditions, self.seed) = (conditions, seed)
        }
    }

    private let search: CopySearch
    private let calibration: CopyCalibration
    private let settings: Settings

    /// - Throws: `EvaluationError` for an index without a threshold.
    public init(_ index: CopyIndex, _ settings: Settings) throws(EvaluationError) {
        guard let calibration = index.calibration else {
            throw EvaluationError(
                CopyIndex.fileName, expected: "an index with a threshold, of at least two patients or groups",
                got: "one without")
        }
        (search, self.calibration, self.settings) = (CopySearch(index), calibration, settings)
    }

    /// Makes the images of a model and searches them.
    /// - Parameter progress: images that are done, and those there are.
    /// - Throws: `RequestRefusal` for sampling that the model cannot do; what computing throws.
    public func run(_ subject: Subject, progress: (_ done: Int, _ total: Int) -> Void) throws -> Finding {
        let plan = try LabelledSetPlan(
            settings.conditions, model: subject.model.facts, sampling: settings.sampling, seed: settings.seed,
            judging: "none")
        let total = settings.conditions.reduce(0) { $0 + $1.count }
        var all = CopyReport(calibration), conditions: [(condition: LabelledCondition, report: CopyReport)] = []
        for (place, condition) in settings.conditions.enumerated() {
            var report = CopyReport(calibration)
            let generation = try OfflineGeneration(
                subject.model, task: OfflineTask(generation: plan.body(condition)), threads: settings.threads,
                batch: settings.batch)
            let seeds = (0..<condition.count).map { plan.seed(condition: place, attempt: $0) }
            try generation.pictures(seeds: seeds, progress: { _, _ in }) { index, picture, _ in
                let name = "\(condition.label), seed \(seeds[index])"
                try report.add(picture, name: name, to: search)
                try all.add(picture, name: name, to: search)
                progress(all.count, total)
            }
            conditions.append((condition, report))
        }
        return Finding(name: subject.name, total: all, conditions: conditions)
    }

    /// Conditions, the rarest first: as many images of training show each, those that none shows last.
    /// - Parameter counts: images of training by `LabelledCondition.text`.
    public static func rarestFirst(_ conditions: [LabelledCondition], counts: [String: Int]) -> [LabelledCondition] {
        conditions.enumerated().sorted { first, second in
            let places = [first, second].map { counts[$0.element.text] ?? Int.max }
            return (places[0], first.offset) < (places[1], second.offset)
        }.map(\.element)
    }
}
