/// How long the rest of an experiment takes, by the trainings that this run has made.
struct DownstreamPace {
    private let trainings: [DownstreamPlan.Training]
    private var taken: [DownstreamPlan.Classifier: (count: Int, seconds: Double)] = [:]

    /// - Parameter trainings: in the order in which they are made.
    init(_ trainings: [DownstreamPlan.Training]) { self.trainings = trainings }

    /// What `make` returns; its time counts.
    mutating func timed<Result>(_ training: DownstreamPlan.Training, _ make: () throws -> Result) rethrows -> Result {
        let clock = ContinuousClock(), start = clock.now
        let result = try make()
        let before = taken[training.classifier] ?? (0, 0)
        taken[training.classifier] = (before.count + 1, before.seconds + (clock.now - start).inSeconds)
        return result
    }

    /// What is left after the first `done` trainings, where a share of a classifier ends there; nil elsewhere, at the
    /// end, and where this run has made none.
    func text(done: Int) -> String? {
        guard !taken.isEmpty, done > 0, done < trainings.count else { return nil }
        let (last, next) = (trainings[done - 1], trainings[done])
        guard last.classifier != next.classifier || last.share != next.share else { return nil }
        // A classifier that none was made of yet is the linear one, which takes next to nothing.
        let seconds = trainings[done...].reduce(0.0) { sum, training in
            sum + (taken[training.classifier].map { $0.seconds / Double($0.count) } ?? 0)
        }
        return "downstream: \(done) of \(trainings.count) trainings are there; the rest takes about "
            + "\(max(1, Int((seconds / 60).rounded(.up)))) minutes"
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
