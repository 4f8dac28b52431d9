import Copies
import Images

/// The training images of an evaluation, made ready to be searched in full size, with the threshold that images of
/// held-out patients make.
struct TrainingSearch {
    let search: FullSizeSearch
    let calibration: CopyCalibration
    let train: ImageSet
    /// Held-out images.
    let realCount: Int

    /// - Parameters:
    ///   - digest: of the training images' pixels.
    ///   - progress: held-out images that were searched.
    /// - Returns: nil where held-out images give no threshold, since none of them has any detail.
    /// - Throws: `CopyError` and `ImageError`, what reading images throws.
    init?(real: ImageSet, train: ImageSet, digest: String, progress: (_ done: Int) -> Void) throws {
        let training = train.indexed, shape = train.shape
        let origin = CopyIndex.Origin(
            dataset: digest, width: shape.width, height: shape.height, channels: shape.channels)
        search = try FullSizeSearch(CopySearch(CopyIndex(origin, of: training)), training: training)
        guard
            let calibration = try CopyCalibration(.heldOut, of: search, by: real.indexed, progress: progress)
        else { return nil }
        (self.calibration, self.train, realCount) = (calibration, train, real.count)
    }
}

/// Whether synthetic images are copies: each is searched among the training images in full size, and images of held-out
/// patients say from what score on.
struct CopyFindings {
    private let report: CopyReport
    private let train: ImageSet
    private let realCount: Int

    /// Searches every synthetic image.
    /// - Parameter progress: images that were searched.
    /// - Throws: what reading images throws.
    init(_ synthetic: ImageSet, in training: TrainingSearch, progress: (_ done: Int) -> Void) throws {
        var report = CopyReport(training.calibration)
        for place in 0..<synthetic.count {
            try report.add(synthetic.picture(place), name: synthetic.name(place), to: training.search)
            progress(place + 1)
        }
        (self.report, train, realCount) = (report, training.train, training.realCount)
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
    /// - Parameter weak: numbers that are weaker signs of copying.
    /// - Throws: what reading training images throws.
    func section(weak: [ScoreTable.Row] = []) throws -> ReportSection {
        let (threshold, meaning) = (Double(report.calibration.threshold), ScoreMeaning.of("copies_flagged"))
        let shares = ScoreTable(
            caption: "Copies",
            rows: [.init(meaning.label, meaning: meaning.meaning, synthetic: flagged, realAgainstReal: falseAlarms)]
                + weak)
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
