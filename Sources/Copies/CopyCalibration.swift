/// The score from which on an image counts as a copy: the 99.5th percentile of those of real images of other patients.
/// Half of them make the threshold, the others measure how often it raises a false alarm.
///
/// The percentile of some hundred scores is little more than the largest of them. So the upper tenth is taken for the
/// tail of an exponential distribution too, and the larger of the two percentiles counts.
public struct CopyCalibration: Sendable, Equatable {
    /// Whose scores these are.
    public enum Source: String, Sendable, CaseIterable {
        /// Images that were held out from training.
        case heldOut = "held-out"
        /// Images of training, each searched among those of all other groups: there were none held out.
        case training
    }

    public let source: Source
    /// The scores that the threshold was made of, ascending; at least 1, all finite.
    public let scores: [Float]
    /// Images of the other half, and those of them that were flagged.
    public let checked: Int
    public let alarms: Int
    /// Patients (or subjects, or slides) of both halves.
    public let groups: Int
    /// An image whose score is larger is flagged.
    public let threshold: Float

    /// Scores that are kept at most.
    static let mostScores = 20_000
    /// Fewer scores than these say little of the last half percent.
    public static let fewScores = 200
    /// Fewer patients than these, and one of them may make the threshold, or all the alarms.
    public static let fewGroups = 40

    /// The share of real images that are flagged; nil where none was checked.
    public var falseAlarmRate: Double? { checked > 0 ? Double(alarms) / Double(checked) : nil }

    /// Its 95 % interval (Wilson's).
    public var falseAlarmInterval: ClosedRange<Double>? { Self.interval(of: alarms, in: checked) }

    /// The place of a score among those of the real images, the nearest first: 1 is nearer to training than all of
    /// them.
    public func rank(of score: Float) -> Int {
        var (low, high) = (0, scores.count)
        while low < high {
            let middle = (low + high) / 2
            if scores[middle] < score { low = middle + 1 } else { high = middle }
        }
        return scores.count - low + 1
    }

    /// A share's 95 % interval by Wilson's score (E. B. Wilson, JASA 22, 1927); nil for none.
    public static func interval(of hits: Int, in count: Int) -> ClosedRange<Double>? {
        guard count > 0 else { return nil }
        let (share, number, z) = (Double(hits) / Double(count), Double(count), 1.959964)
        let middle = (share + z * z / (2 * number)) / (1 + z * z / number)
        let spread = share * (1 - share) / number + z * z / (4 * number * number)
        let half = z / (1 + z * z / number) * spread.squareRoot()
        return max(0, middle - half)...min(1, middle + half)
    }

    /// Share of real images of other patients that the threshold lies above.
    static let share: Float = 0.995

    /// The percentile by an exponential tail above the 90th: the mean excess times ln(0.1 / 0.005).
    static func tailQuantile(_ sorted: [Float]) -> Float {
        let start = quantile(sorted, 0.9)
        let excesses = sorted.reversed().prefix { $0 > start }.map { $0 - start }
        guard !excesses.isEmpty else { return start }
        return start + excesses.reduce(0, +) / Float(excesses.count) * 2.9957323
    }

    /// The quantile as NumPy has it: between two values in proportion.
    static func quantile(_ sorted: [Float], _ share: Float) -> Float {
        let place = share * Float(sorted.count - 1)
        let low = Int(place)
        let high = min(low + 1, sorted.count - 1)
        return sorted[low] + (sorted[high] - sorted[low]) * (place - Float(low))
    }
}

extension CopyCalibration {
    /// - Parameters:
    ///   - scores: of one half of the images; at least one.
    ///   - checked: the scores of the other half.
    init(_ source: Source, scores: [Float], checked: [Float], groups: Int) {
        let sorted = scores.sorted()
        let threshold = max(Self.quantile(sorted, Self.share), Self.tailQuantile(sorted))
        self.init(
            source: source, scores: sorted, checked: checked.count, alarms: checked.count { $0 > threshold },
            groups: groups, threshold: threshold)
    }
}
