import JSON
import Tensors

/// That the downstream experiment is wanted, and how.
public struct DownstreamRequest {
    /// What images are told apart by; nil takes the attribute that real and synthetic images have in common.
    public var task: ClassificationTask?
    /// The attribute of a task that is taken so, where there are several.
    public var attribute: String?
    /// Where trainings are kept; nil keeps nothing.
    public var folder: String?
    public var plan: DownstreamPlan
    /// Asked between trainings; false ends the evaluation, by `EvaluationAbandoned`.
    public var isWanted: () -> Bool = { true }
    /// Called with what will be done and how long it takes about, before it begins, and again with what is left.
    public var announce: (String) -> Void = { _ in }

    public init(folder: String?, plan: DownstreamPlan) { (self.folder, self.plan) = (folder, plan) }
}

/// The images of each role with their features and the digests of their pixels.
struct DownstreamImages {
    typealias Described = (set: ImageSet, features: SetFeatures)

    let real: Described
    /// What is trained with; nil takes `real` but for the patients that test.
    let train: Described?
    let synthetic: Described

    init(_ roles: ImageRoles, real: SetFeatures, train: SetFeatures?, synthetic: SetFeatures) {
        self.real = (roles.real, real)
        self.train = roles.train.flatMap { set in train.map { (set, $0) } }
        self.synthetic = (roles.synthetic, synthetic)
    }
}

extension DownstreamRequest {
    /// Where no training images are given, so many of the patients of `real` test.
    private static let testShare = LabelAgreement.testShare

    /// What trainings that are kept were made of.
    private static func inputs(
        _ extractor: any FeatureExtractor, _ roles: [(name: String, images: DownstreamImages.Described)]
    ) -> JSONObject {
        var inputs: JSONObject = ["features": .string(extractor.name), "extractor": .string(extractor.identity)]
        for role in roles { inputs[role.name] = .string(role.images.features.digest ?? "") }
        return inputs
    }

    /// Trains and tests.
    /// - Parameter making: how the features were made.
    /// - Throws: `EvaluationError` for sets that cannot be told apart; `EvaluationAbandoned`.
    func findings(
        _ images: DownstreamImages, _ making: FeatureMaking, progress: (_ done: Int, _ total: Int) -> Void
    ) throws -> DownstreamFindings {
        let (real, train, synthetic) = (images.real, images.train, images.synthetic)
        let task = try task ?? ClassificationTask(attribute, real: real.set, synthetic: synthetic.set)
        let source = train ?? real
        let parts = LabelledRows(real.features.table, of: real.set).divided(share: Self.testShare)
        let training = try ClassifiedImages(source.set, source.features.table, task: task) {
            train != nil || parts.others.contains($0)
        }
        let test = try ClassifiedImages(real.set, real.features.table, task: task) {
            train != nil || parts.below.contains($0)
        }
        let inputs = Self.inputs(making.extractor, [("real", real), ("train", source), ("synthetic", synthetic)])
        let generated = try ClassifiedImages(synthetic.set, synthetic.features.table, task: task)
        func experiment(_ plan: DownstreamPlan) -> DownstreamExperiment {
            DownstreamExperiment(
                plan: plan, task: task, train: training, test: test, synthetic: generated, folder: folder,
                inputs: inputs, compute: making.compute)
        }
        var made = experiment(plan)
        let shares = try made.usableShares()
        guard !shares.isEmpty else {
            throw EvaluationError(
                "--downstream", expected: "real images of each class at 100 %", got: "too few of some class")
        }
        let leftOut = plan.shares.filter { !shares.contains($0) }
        if !leftOut.isEmpty {
            var fewer = plan
            fewer.shares = shares
            made = experiment(fewer)
        }
        announce(try made.announcement())
        guard let outcomes = try made.run(isWanted: isWanted, announce: announce, progress: progress) else {
            throw EvaluationAbandoned()
        }
        return try DownstreamFindings(made, outcomes, leftOut: leftOut)
    }
}

extension DownstreamExperiment {
    /// Which images of the sets are not among those that are trained or tested with, a sentence each.
    var notes: [String] {
        [("real training", train), ("test", test), ("synthetic", synthetic)].flatMap { $1.notes($0) }
    }

    /// What will be done, and how long it takes about: told by some steps of the convolutional classifier.
    func announcement() throws -> String {
        let trainings = plan.trainings, steps = 4, missing = trainings.filter { kept($0) == nil }
        let examples = plan.real(train, share: 100, seed: 0), clock = ContinuousClock()
        var seconds = 0.0
        for _ in 0..<2 where missing.contains(where: { $0.classifier == .convolutional }) {
            let start = clock.now
            try ArmTraining(
                classifier: PixelClassifier(train, classes: task.classes.count), steps: steps, batch: plan.batch,
                key: 0, compute: compute
            ).run([examples]) { example, _ in train.input(example.place) }
            // The first of them measures what memory it takes.
            seconds = (clock.now - start).inSeconds / Double(steps)
        }
        let all = missing.count { $0.classifier == .convolutional } * plan.steps
        let minutes = Int((Double(all) * seconds / 60 * 1.15).rounded(.up))
        return "downstream: \(plan.classifiers.count) classifiers x \(plan.shares.count) shares x "
            + "\(plan.arms.count) arms x \(plan.seeds) seeds = \(trainings.count) trainings of \(plan.steps) steps of "
            + "\(plan.batch) images, \(train.count) real and \(synthetic.count) synthetic images, tested with "
            + "\(test.count); \(trainings.count - missing.count) are there already, the others take about "
            + "\(minutes) minutes at this machine's pace"
    }
}
