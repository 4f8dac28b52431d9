import Copies
import Images

/// Whether synthetic images are copies: each is searched among the training images in full size, and images of held-out
/// patients say from what score on.
struct CopyFindings {
    private let report: CopyReport
    private let train: ImageSet
    private let realCount: Int

    /// Searches every synthetic image.
    ///
    /// - Parameters:
    ///   - digest: of the training images' pixels.
    ///   - progress: images that were searched, and those of the whole set.
    /// - Returns: nil where held-out images give no threshold, since none of them has any detail.
    /// - Throws: `CopyError` and `ImageError`, what reading images throws.
    init?(
        _ roles: ImageRoles, train: ImageSet, digest: String, progress: (_ done: Int, _ total: Int) -> Void
    ) throws {
        let training = train.indexed, shape = train.shape
        let origin = CopyIndex.Origin(
            dataset: digest, width: shape.width, height: shape.height, channels: shape.channels)
        let index = try CopyIndex(origin, of: training)
        let search = try FullSizeSearch(CopySearch(index), training: training)
        let total = roles.real.count + roles.synthetic.count
        guard
            let calibration = try CopyCalibration(
                .heldOut, of: search, by: roles.real.indexed, progress: { progress($0, total) })
        else { return nil }
        var report = CopyReport(calibration)
        for place in 0..<roles.synthetic.count {
            try report.add(roles.synthetic.picture(place), name: roles.synthetic.name(place), to: search)
            progress(roles.real.count + place + 1, total)
        }
        (self.report, self.train, realCount) = (report, train, roles.real.count)
    }

    /// `copies_flagged`: the share of synthetic images beyond the threshold.
    var flagged: Score { score("copies_flagged", report.share, report.interval) }

    /// `copies_false_alarms`: the share of held-out images beyond it, of those that did not make it.
    var falseAlarms: Score {
        var score = score(
            "copies_false_alarms", report.calibration.falseAlarmRate, report.calibration.falseAlarmInterval)
        if score.value == nil { score.reason = "all held-out images were needed to make the threshold" }
        return score
    }

    private func score(_ name: String, _ value: Double?, _ interval: ClosedRange<Double>?) -> Score {
        var score = Score(
            name, value: value, counts: (real: realCount, synthetic: report.count), features: nil, direction: .lower)
        score.interval = interval
        if report.calibration.scores.count < CopyCalibration.fewScores {
            score.warnings.append("\(report.calibration.scores.count) held-out images make the threshold")
        }
        if report.calibration.groups < CopyCalibration.fewGroups {
            score.warnings.append(
                "\(report.calibration.groups) held-out patients make and check the threshold: one may decide it")
        }
        return score
    }

    /// The part of the page: how many, of whom, how near, and the nearest pairs as pictures.
    ///
    /// - Throws: what reading training images throws.
    func section() throws -> ReportSection {
        let (threshold, meaning) = (Double(report.calibration.threshold), ScoreMeaning.of("copies_flagged"))
        let shares = ScoreTable(
            caption: "Copies",
            rows: [.init(meaning.label, meaning: meaning.meaning, synthetic: flagged, realAgainstReal: falseAlarms)])
        let scores = HistogramChart(
            caption: "How near images are to training images",
            axis: "copy score: 1 for the very pixels, about 0 for a picture that is nobody's",
            values: [
                ("held-out patients", report.calibration.scores.map(Double.init)),
                ("synthetic images", report.scores.compactMap { $0.map(Double.init) }),
            ], threshold: threshold)
        let pairs = try report.nearest.map { pair in
            PicturePairs.Pair(
                generated: pair.picture, nearest: try train.picture(pair.match.image), score: Double(pair.match.score),
                isFlagged: Double(pair.match.score) > threshold)
        }
        return ReportSection(
            "Copies",
            introduction: """
                Each synthetic image is compared with the training images in full size, in a mirror and shifted by up \
                to 2 pixels. \(report.flagged) of \(report.count) are nearer to one than the threshold allows, to \
                \(report.patients) training patients.
                """,
            blocks: [
                .scores(shares), .histogram(scores),
                .pairs(PicturePairs(caption: "The nearest pairs: synthetic, and of training", pairs: pairs)),
            ])
    }
}

extension ImageSet {
    /// The images with their groups, as an index of copies takes them.
    fileprivate var indexed: IndexedImages {
        IndexedImages(count: count) { IndexedImage(try picture($0), group: group($0)) }
    }
}
