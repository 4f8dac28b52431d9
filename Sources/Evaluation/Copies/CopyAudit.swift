import Copies
import Datasets
import FoundationEssentials
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

    private let search: any CopyMatching
    private let calibration: CopyCalibration
    private let settings: Settings

    public init(_ search: any CopyMatching, _ calibration: CopyCalibration, _ settings: Settings) {
        (self.search, self.calibration, self.settings) = (search, calibration, settings)
    }

    /// - Throws: `EvaluationError` for an index without a threshold.
    public init(_ index: CopyIndex, _ settings: Settings) throws(EvaluationError) {
        guard let calibration = index.calibration else {
            throw EvaluationError(
                CopyIndex.fileName, expected: "an index with a threshold, of at least two patients or groups",
                got: "one without")
        }
        self.init(CopySearch(index), calibration, settings)
    }

    /// Makes the images of a model, a labelled set in which nothing is rejected, and searches them.
    /// - Parameters:
    ///   - folder: where the set is made, or gone on with.
    ///   - isWanted: asked after each image; false ends the audit.
    ///   - progress: images that are there, and those of the set.
    /// - Returns: nil where it was ended.
    /// - Throws: `RequestRefusal` for sampling that the model cannot do; `EvaluationError` for a folder of other
    ///   images; what computing throws.
    public func run(
        _ subject: Subject, into folder: String, isWanted: () -> Bool,
        progress: (_ done: Int, _ total: Int) -> Void
    ) throws -> Finding? {
        let plan = try LabelledSetPlan(
            settings.conditions, model: subject.model.facts, sampling: settings.sampling, seed: settings.seed,
            judging: "none")
        var set = try LabelledSet(
            plan, model: subject.model, folder: folder, threads: settings.threads, batch: settings.batch)
        let made = try set.make(judge: { _ in (false, nil) }, isWanted: isWanted, progress: progress)
        guard made != nil else { return nil }
        var all = CopyReport(calibration), conditions: [(condition: LabelledCondition, report: CopyReport)] = []
        for (place, condition) in settings.conditions.enumerated() {
            var report = CopyReport(calibration)
            for image in set.images(of: place) {
                guard let content = LabelledSet.contents("\(folder)/\(image.file)") else {
                    throw EvaluationError("\(folder)/\(image.file)", expected: "an image of the set", got: "none")
                }
                let picture = try PNGDecoder.decode(content, limits: .made).image
                let name = "\(condition.label), seed \(image.seed)"
                let match = try report.add(picture, name: name, to: search)
                all.add(match, of: picture, name: name, in: search.index)
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

    /// Images of training by `LabelledCondition.text`: those that a run trains with, by the labels of its model.
    /// - Parameter dataset: the object `dataset` of the run's settings.
    /// - Throws: `JSONMismatch`; `DatasetError` and `EvaluationError` for data that are not as they were.
    public static func counts(trainedWith dataset: JSONObject) throws -> [String: Int] {
        let settings = try DatasetSettings(json: JSONCursor(dataset))
        let source = try ImageSource(path: settings.path, describing: settings, role: .train)
        return counts(source.indices.map { source.dataset.labels($0) }, of: source.dataset.attributes)
    }

    /// Images by `LabelledCondition.text`, as images of a data set show it.
    static func counts(_ labels: some Sequence<DatasetLabels>, of attributes: [DatasetAttribute]) -> [String:
        Int]
    {
        var counts: [String: Int] = [:]
        for shown in labels {
            let choices = attributes.indices.flatMap { place in
                shown[place].map { "\(attributes[place].name)=\(attributes[place].values[$0])" }
            }
            counts[choices.joined(separator: ";"), default: 0] += 1
        }
        return counts
    }
}
