extension Verdict {
    /// The largest Frechet ratio at which synthetic images pass as other real patients.
    static let largestRatio = 1.5

    static let realismRule = """
        Yes: the interval of the kernel distance meets that of real against real, or lies below it, and the Frechet \
        ratio, where there is one, is at most 1.5. Partly: the interval lies wholly under that of blurred real images. \
        No: neither. Not known: the interval does so and meets that of blurred real images too.
        """
    static let usefulnessRule = """
        Yes: the interval of the difference in AUC between real + synthetic and real twice lies wholly above zero. \
        No: it lies wholly below, or it holds zero, which is no difference shown.
        """
    static let copyingRule = """
        The limit is twice the false-alarm rate of held-out real images, or the upper end of that rate's interval if \
        that is larger. No: the flagged share is at most the limit. Yes: it is larger, and the lower end of its \
        interval is above the false-alarm rate. Partly: anything between.
        """

    static func realism(_ facts: Facts) -> Answer {
        guard let distance = facts.kernelDistance, let value = distance.value, let interval = distance.interval,
            let real = facts.kernelDistanceOfReal?.interval, let blurred = facts.kernelDistanceOfBlurred?.interval
        else {
            return Answer(
                outcome: .unknown,
                sentence: "Whether the images are realistic is not known: "
                    + missing("the kernel distance with its interval", facts.kernelDistance) + ".",
                rule: realismRule)
        }
        let ratio = facts.frechetRatio?.value
        let numbers =
            "kernel distance \(ReportNumber.text(value)), interval \(ReportNumber.text(interval)); "
            + "real against real \(ReportNumber.text(real)), blurred real \(ReportNumber.text(blurred))"
            + (ratio.map { "; Frechet ratio \(ReportNumber.text($0))" } ?? "")
        let isNearReal = interval.overlaps(real) || interval.upperBound < real.lowerBound
        if isNearReal, interval.overlaps(blurred) {
            return Answer(
                outcome: .unknown,
                sentence: "Whether the images are realistic is not known: there are too few held-out patients to tell "
                    + "real images from blurred ones (\(numbers)).", rule: realismRule)
        }
        if isNearReal, ratio.map({ $0 <= largestRatio }) ?? true {
            return Answer(
                outcome: .yes,
                sentence: "The images are realistic: as near to held-out patients as real images are "
                    + "(\(numbers)).", rule: realismRule)
        }
        if interval.upperBound < blurred.lowerBound {
            return Answer(
                outcome: .partly,
                sentence: "The images are partly realistic: nearer to held-out patients than "
                    + "slightly blurred real images, but not as near as real ones (\(numbers)).", rule: realismRule)
        }
        return Answer(
            outcome: .no,
            sentence: "The images are not realistic: no nearer to held-out patients than slightly "
                + "blurred real images (\(numbers)).", rule: realismRule)
    }

    static func usefulness(_ facts: Facts) -> Answer {
        guard let score = facts.downstreamDifference, let value = score.value, let interval = score.interval else {
            return Answer(
                outcome: .unknown,
                sentence: "Whether the images are useful is not known: "
                    + missing("the downstream experiment", facts.downstreamDifference) + ".",
                rule: usefulnessRule)
        }
        let numbers = "difference in AUC \(ReportNumber.text(value)), interval \(ReportNumber.text(interval))"
        if interval.lowerBound > 0 {
            return Answer(
                outcome: .yes,
                sentence: "The images are useful: added to the real ones they help a classifier more "
                    + "than the real ones twice (\(numbers)).", rule: usefulnessRule)
        }
        let words =
            interval.upperBound < 0
            ? "The images are harmful: a classifier is worse with them than with the real ones twice"
            : "The images are not shown to be useful: no difference shown to the real ones twice"
        return Answer(outcome: .no, sentence: "\(words) (\(numbers)).", rule: usefulnessRule)
    }

    static func copying(_ facts: Facts) -> Answer {
        guard let share = facts.flaggedShare, let value = share.value, let alarms = facts.falseAlarmRate,
            let rate = alarms.value
        else {
            let absent = facts.flaggedShare?.value == nil ? facts.flaggedShare : facts.falseAlarmRate
            return Answer(
                outcome: .unknown,
                sentence: "Whether the images are of somebody is not known: "
                    + missing("the search for copies of training images", absent) + ".",
                rule: copyingRule)
        }
        let limit = max(2 * rate, alarms.interval?.upperBound ?? 0)
        let numbers =
            "\(ReportNumber.percent(value)) of \(share.syntheticCount) flagged, false alarms among real images "
            + "\(ReportNumber.percent(rate)), limit \(ReportNumber.percent(limit))"
        if value <= limit {
            return Answer(
                outcome: .no,
                sentence: "The images are not shown to be of anybody: no more of them are near a "
                    + "training patient than images of other patients are (\(numbers)).", rule: copyingRule)
        }
        if let interval = share.interval, interval.lowerBound > rate {
            return Answer(
                outcome: .yes, sentence: "Some of the images are copies of training patients (\(numbers)).",
                rule: copyingRule)
        }
        return Answer(
            outcome: .partly, sentence: "Copies of training patients cannot be excluded (\(numbers)).",
            rule: copyingRule)
    }

    private static func missing(_ what: String, _ score: Score?) -> String {
        if let reason = score?.reason { return "\(what) cannot be had, as \(reason)" }
        if let warning = score?.warnings.first(where: { $0.hasPrefix("no interval") }) {
            return "\(what) cannot be had (\(warning))"
        }
        return "\(what) or what it is compared with was not made"
    }
}
