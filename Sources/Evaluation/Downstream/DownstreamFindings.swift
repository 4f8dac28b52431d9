import Tensors

/// What the downstream experiment found: the numbers of each arm with intervals over seeds and patients, and their
/// paired differences to the control.
struct DownstreamFindings {
    /// A number and its 95 % interval.
    struct Number: Sendable, Equatable {
        let value: Double?
        let interval: ClosedRange<Double>?

        /// Whether the interval lies to one side of zero.
        var isShown: Bool { interval.map { !$0.contains(0) } ?? false }
    }

    /// Numbers of an arm: the means of its seeds.
    struct Measures: Sendable, Equatable {
        let auc: Number, balanced: Number
        /// Of each class against the others, and the share of its images that are taken for it.
        let aucs: [Number], recalls: [Number]

        init(_ numbers: [Number]) {
            let classes = (numbers.count - 2) / 2
            (auc, balanced) = (numbers[0], numbers[1])
            (aucs, recalls) = (Array(numbers[2..<2 + classes]), Array(numbers[(2 + classes)...]))
        }
    }

    /// One arm of a classifier at a share.
    struct Entry: Sendable, Equatable {
        let classifier: DownstreamPlan.Classifier
        let share: Int
        let arm: DownstreamArm
        /// Images of the first seed's training.
        let real: Int, synthetic: Int
        let measures: Measures
        /// Less those of the control, drawing by drawing; nil for the control.
        let differences: Measures?
    }

    let entries: [Entry]
    /// Shares at which a seed's images lacked a class.
    let leftOut: [Int]
    let experiment: DownstreamExperiment
    var classes: [String] { experiment.task.classes.map(\.name) }

    static let replicates = 1000

    /// - Parameter outcomes: of the trainings of the experiment's plan, in their order.
    init(_ experiment: DownstreamExperiment, _ outcomes: [DownstreamExperiment.Outcome], leftOut: [Int]) throws {
        let plan = experiment.plan, trainings = plan.trainings, classes = experiment.task.classes.count
        let drawn = DownstreamDraws(experiment.test.groups, seeds: plan.seeds, seed: plan.seed)
        var entries: [Entry] = []
        for classifier in plan.classifiers {
            for share in plan.shares {
                var numbers: [DownstreamArm: [[Double]]] = [:]
                for arm in plan.arms {
                    let own = trainings.indices.filter {
                        let training = trainings[$0]
                        return training.classifier == classifier && training.share == share && training.arm == arm
                    }
                    let scores = own.map {
                        ClassifierScores(outcomes[$0], labels: experiment.test.labels, classes: classes)
                    }
                    numbers[arm] = try drawn.numbers(of: scores, on: experiment.compute)
                }
                let real = plan.real(experiment.train, share: share, seed: 0).count
                let control = numbers[.realTwice]
                for arm in plan.arms {
                    guard let own = numbers[arm] else { continue }
                    let differences = control.map { control in
                        zip(own, control).map { own, control in zip(own, control).map { $0 - $1 } }
                    }
                    entries.append(
                        Entry(
                            classifier: classifier, share: share, arm: arm, real: arm == .synthetic ? 0 : real,
                            synthetic: arm == .real || arm == .realTwice ? 0 : real,
                            measures: drawn.measures(own, bounds: 0...1),
                            differences: arm == .realTwice
                                ? nil : differences.map { drawn.measures($0, bounds: -1...1) }))
                }
            }
        }
        (self.entries, self.leftOut, self.experiment) = (entries, leftOut, experiment)
    }
}

/// The drawings of the intervals: patients with replacement, and seeds. The same for every arm, so that differences are
/// paired.
struct DownstreamDraws: Sendable {
    private let units: ResamplingUnits
    private let seeds: Int, seed: UInt64

    init(_ groups: [String], seeds: Int, seed: UInt64) {
        units = ResamplingUnits(groups: groups, count: groups.count, seed: seed, bins: .realBins, most: Int.max)
        (self.seeds, self.seed) = (seeds, seed)
    }

    /// The numbers of an arm, each a row: the mean over all seeds with every image once, then one a replicate. Of `n`
    /// seeds `n - 1` are drawn, by which the variance of their mean is not underestimated.
    func numbers(of scores: [ClassifierScores], on compute: Compute) throws -> [[Double]] {
        let ones = [Double](repeating: 1, count: units.unitOfRow.count)
        let whole = Self.mean(scores.map { $0.values(ones).flat })
        let patients = EvaluationDraw.downstreamTest.indices(seed: seed)
        let choices = EvaluationDraw.downstreamSeeds.indices(seed: seed)
        let replicates = try compute.map(DownstreamFindings.replicates) { replicate in
            let weights = units.spread(units.weights(replicate, patients))
            let chosen = (0..<max(1, seeds - 1)).map { choices.draw($0, of: replicate, below: seeds) }
            var known: [Int: [Double]] = [:]
            return Self.mean(
                chosen.map { number in
                    let numbers = known[number] ?? scores[number].values(weights).flat
                    known[number] = numbers
                    return numbers
                })
        }
        return whole.indices.map { place in [whole[place]] + replicates.map { $0[place] } }
    }

    private static func mean(_ rows: [[Double]]) -> [Double] {
        rows[0].indices.map { place in rows.reduce(0) { $0 + $1[place] } / Double(rows.count) }
    }

    /// Values with their intervals.
    func measures(_ numbers: [[Double]], bounds: ClosedRange<Double>) -> DownstreamFindings.Measures {
        DownstreamFindings.Measures(
            numbers.map { row in
                guard let value = row.first, value.isFinite else { return .init(value: nil, interval: nil) }
                let replicates = Replicates(Array(row.dropFirst()), units: units.count)
                return .init(value: value, interval: replicates.interval(about: value, within: bounds))
            })
    }
}
