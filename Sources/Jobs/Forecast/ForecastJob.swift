/// A job as a forecast sees it: what it still takes.
struct ForecastJob: Sendable {
    /// What may share a batch, as far as that can be told without the plan of a job.
    struct Key: Hashable, Sendable {
        let model: String
        let unitsPerCall: Int64
        let isLarge: Bool
    }

    let id: JobID
    let owner: String
    let key: Key
    /// Rows that a step of one image takes at most.
    let rows: Int
    /// What a step of one image takes a worker, in seconds.
    let secondsPerStep: Double
    /// Steps that are left of each image that is not finished; greater than 0.
    let steps: [Double]

    /// - Parameters:
    ///   - secondsPerCall: what a row takes a worker.
    ///   - together: images that are begun together, as far as is known: what has been done is spread over so many.
    ///   - mostImages: images that are told apart: of more, each stands for several.
    init(_ work: OutstandingWork, secondsPerCall: Double, together: Int, mostImages: Int) {
        (id, owner) = (work.id, work.owner)
        key = Key(model: work.model, unitsPerCall: work.unitsPerCall, isLarge: work.isLarge)
        let images = max(1, work.images), ofEach = max(1, Double(work.stepsPerImage))
        let left = max(1, images - max(0, work.imagesDone)), count = min(left, max(1, mostImages))
        rows = max(1, Int((Double(work.plannedCalls) / (Double(images) * ofEach)).rounded(.up).clamped(to: 1...1_024)))
        // A step for each image at least: of a job whose steps are not known that is all it has.
        let all = max(Double(left), Double(images) * ofEach - Double(max(0, work.stepsDone)))
        secondsPerStep = max(Double(work.callsLeft) * secondsPerCall / all, .leastNormalMagnitude)
        let each = max(ofEach * Double(left), all) / Double(count)
        let done = each * Double(count) - all
        let begun = min(count, max(max(1, together), Int((done / each).rounded(.up))))
        steps = (0..<count).map { $0 < begun ? max(each - done / Double(begun), .leastNormalMagnitude) : each }
    }

    /// What is left of it, in seconds of one worker.
    var seconds: Double { steps.reduce(0, +) * secondsPerStep }
}

extension Double {
    fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
