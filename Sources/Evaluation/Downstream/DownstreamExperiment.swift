import Checkpoints
import FoundationEssentials
import JSON
import Tensors
import Training

/// Whether synthetic images help a classifier: the same ones are trained on real images, on synthetic ones and on both,
/// in as many steps, and tested with held-out patients.
///
/// What each training came to is kept in a folder, so that a run that was broken off goes on; equal inputs make equal
/// bytes, whatever the threads.
struct DownstreamExperiment {
    let plan: DownstreamPlan
    let task: ClassificationTask
    let train: ClassifiedImages, test: ClassifiedImages, synthetic: ClassifiedImages
    /// Nil keeps nothing.
    let folder: String?
    /// What the outcomes depend on beside the plan and the task: digests of the sets, the extractor.
    let inputs: JSONObject
    let compute: Compute

    /// The class probabilities of every test image, [images, classes], of one training.
    typealias Outcome = [Float]

    private var classes: Int { task.classes.count }

    /// Images of a class that are needed to train with, and to test with.
    static let fewest = 2

    /// What each share of the real images can be trained with.
    /// - Throws: `EvaluationError` where test or synthetic images lack a class.
    func usableShares() throws(EvaluationError) -> [Int] {
        for (name, images) in [("--real", test), ("synthetic", synthetic), ("training", train)] {
            let counts = images.counts(classes: classes)
            guard let place = counts.firstIndex(where: { $0 < Self.fewest }) else { continue }
            throw EvaluationError(
                "--downstream, \(name) images", expected: "at least \(Self.fewest) of each class",
                got: "\(counts[place]) of \(task.classes[place].name)")
        }
        return plan.shares.filter { share in
            (0..<plan.seeds).allSatisfy { seed in
                let drawn = plan.real(train, share: share, seed: seed)
                return (0..<classes).allSatisfy { label in drawn.count { $0.label == label } >= Self.fewest }
            }
        }
    }

    /// Makes the trainings that are missing.
    /// - Parameters:
    ///   - isWanted: asked between trainings; false ends the run.
    ///   - announce: called with what is left and how long it takes, whenever a share of a classifier is through.
    ///   - progress: trainings that are there, and all of them.
    /// - Returns: the outcome of each of the plan's trainings; nil where the run was ended.
    /// - Throws: `EvaluationError` for a folder of another experiment; what computing and writing throw.
    func run(
        isWanted: () -> Bool, announce: (String) -> Void, progress: (_ done: Int, _ total: Int) -> Void
    ) throws -> [Outcome]? {
        try claim()
        let trainings = plan.trainings
        var pace = DownstreamPace(trainings)
        var outcomes: [Outcome] = []
        for training in trainings {
            if let kept = kept(training) {
                outcomes.append(kept)
            } else {
                guard isWanted() else { return nil }
                let made = try pace.timed(training) { try outcome(of: training) }
                try keep(made, of: training)
                outcomes.append(made)
            }
            progress(outcomes.count, trainings.count)
            if let text = pace.text(done: outcomes.count) { announce(text) }
        }
        return outcomes
    }

    /// Makes the folder, or sees that what is in it is of this very experiment.
    private func claim() throws {
        guard let folder else { return }
        var facts = inputs
        facts["plan"] = .object(plan.json)
        facts["task"] = .object(task.json)
        // The digests of pixels do not say which images are taken, of which class and of whom.
        facts["taken"] = .array([train, test, synthetic].map { .string($0.digest.hexadecimal) })
        let path = "\(folder)/plan.json", wanted = JSONWriter(sortedKeys: true, indent: 2).write(.object(facts))
        if let found = FileManager.default.contents(atPath: path) {
            guard Array(found) == wanted else {
                throw EvaluationError(
                    path, expected: "this experiment (or another --output)", got: "one of other images or settings")
            }
            return
        }
        try makeFolders(folder)
        try writeWholeFile(wanted, to: path)
    }

    func kept(_ training: DownstreamPlan.Training) -> Outcome? {
        guard let path = folder.map({ "\($0)/\(training.file)" }), isFolder(path) == false,
            let file = try? SafetensorsFile(path: path),
            file.entry("probabilities")?.shape == [test.count, classes],
            let values = try? file.floats("probabilities"), values.allSatisfy(\.isFinite)
        else { return nil }
        return values
    }

    private func keep(_ outcome: Outcome, of training: DownstreamPlan.Training) throws {
        guard let folder else { return }
        try SafetensorsWriter().write(
            ["probabilities": .init(shape: [test.count, classes], floats: outcome)],
            to: "\(folder)/\(training.file)")
    }

    /// Trains and tests one classifier.
    private func outcome(of training: DownstreamPlan.Training) throws -> Outcome {
        let real = plan.real(train, share: training.share, seed: training.seed)
        let made = plan.synthetic(synthetic, like: real, classes: classes, seed: training.seed)
        let phases = training.arm.phases(real: real, synthetic: made), key = plan.key(training)
        switch training.classifier {
        case .convolutional:
            let warp = Augmentation.LabelSafe(), size = train.size
            let classifier = try PixelClassifier(train, classes: classes)
            try self.training(classifier, key).run(phases) { example, number in
                let image = (example.isSynthetic ? synthetic : train).input(example.place)
                return warp.applied(to: image, height: size.height, width: size.width, seed: key, number: number)
            }
            return try probabilities(classifier) { test.input($0) }
        case .linear:
            let rows = try phases.joined().map { try self.features($0) }
            let standard = Standardisation(rows),
                classifier = LinearClassifier(
                    dimension: rows[0].count, classes: classes)
            try self.training(classifier, key).run(phases) { example, _ in try standard(self.features(example)) }
            return try probabilities(classifier) { try standard(test.features($0)) }
        }
    }

    private func training(_ classifier: any TrainableClassifier, _ key: UInt64) -> ArmTraining {
        ArmTraining(classifier: classifier, steps: plan.steps, batch: plan.batch, key: key, compute: compute)
    }

    private func features(_ example: DownstreamExample) throws(EvaluationError) -> [Float] {
        try (example.isSynthetic ? synthetic : train).features(example.place)
    }

    private func probabilities(_ classifier: any TrainableClassifier, _ input: (Int) throws -> [Float]) throws
        -> Outcome
    {
        try stride(from: 0, to: test.count, by: plan.batch).flatMap { start in
            let inputs = try (start..<min(start + plan.batch, test.count)).map(input)
            return try classifier.logits(inputs, compute: compute).flatMap {
                ClassProbabilities.of($0).map { Float($0) }
            }
        }
    }
}

/// Features brought to mean 0 and variance 1 of some rows; what does not vary among them becomes 0.
struct Standardisation: Sendable {
    private let mean: [Float], scale: [Float]

    /// - Parameter rows: at least one.
    init(_ rows: [[Float]]) {
        let count = Double(rows.count)
        var sums = [Double](repeating: 0, count: rows[0].count), squares = sums
        for row in rows {
            for (place, value) in row.enumerated() {
                sums[place] += Double(value)
                squares[place] += Double(value) * Double(value)
            }
        }
        mean = sums.map { Float($0 / count) }
        scale = zip(sums, squares).map { sum, square in
            let variance = square / count - (sum / count) * (sum / count)
            return variance > 1e-12 * max(square / count, 1e-12) ? Float(1 / variance.squareRoot()) : 0
        }
    }

    func callAsFunction(_ row: [Float]) -> [Float] { row.indices.map { (row[$0] - mean[$0]) * scale[$0] } }
}
