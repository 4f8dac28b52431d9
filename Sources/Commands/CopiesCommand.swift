import ArgumentParser
import Checkpoints
import Copies
import Datasets
import Evaluation
import Images
import Imaging
import Training

/// `phantom copies`: the index of a model's training images, and what is near to one of them.
struct CopiesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copies", abstract: "Finds images that are copies of training images.",
        subcommands: [CopiesIndex.self, CopiesSearch.self, CopiesAudit.self])
}

/// `phantom copies index`.
struct CopiesIndex: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index", abstract: "Writes the index of a model's training images into its folder.",
        discussion: """
            phantom train does so at its end; this is for models that were trained elsewhere. The data set and its \
            split must be those of the training: held-out images make the threshold.
            """)

    @OptionGroup var options: DatasetOptions

    @Option(help: ArgumentHelp("The model's folder.", valueName: "dir"))
    var model: String

    func run() throws {
        let facts = try ServedModel.load(path: model).facts.generation
        let shape = PixelShape(height: facts.height, width: facts.width, channels: facts.channels)
        try ScratchFolder.during("index") { scratch in
            let (training, heldOut) = try options.settings().prepare(shape: shape, cache: scratch.path)
            // The pixels are mapped: whoever kills the search behind leaves no patient's picture.
            scratch.remove()
            try CopyIndexing.run(training, heldOut.count > 0 ? heldOut : nil, model: model)
        }
    }
}

/// Makes the index of a training set and says what it is.
enum CopyIndexing {
    static func run(_ training: PreparedDataset, _ heldOut: PreparedDataset?, model: String) throws {
        let progress = ProgressLine()
        let index = try CopyIndex(training: training, heldOut: heldOut) { progress.show(done: $0, of: $1) }
        progress.finish()
        try index.write(model: model)
        print("\(model)/\(CopyIndex.fileName): \(index.count) images of \(index.groupCount) patients or groups")
        for line in lines(index.calibration) { print(line) }
    }

    /// What is to be known of a threshold.
    static func lines(_ calibration: CopyCalibration?) -> [String] {
        guard let calibration else { return ["No threshold: there are no images to make it of"] }
        let source = calibration.source == .heldOut ? "held-out images" : "training images of other groups"
        var lines = ["Threshold \(rounded(calibration.threshold)), from \(calibration.scores.count) \(source)"]
        if calibration.groups < CopyCalibration.fewGroups {
            lines.append(
                "Only \(calibration.groups) patients or groups make and check it: one of them may decide it")
        }
        if let rate = calibration.falseAlarmRate, let interval = calibration.falseAlarmInterval {
            lines.append(
                "False alarms: \(calibration.alarms) of \(calibration.checked) others, \(percent(rate)) "
                    + "(95 % interval \(percent(interval.lowerBound)) to \(percent(interval.upperBound)))")
        }
        if calibration.source == .training {
            lines.append("No images were held out: scores of training images among other groups stand in for theirs")
        }
        if calibration.scores.count < CopyCalibration.fewScores {
            lines.append("Few images make the threshold: it may be too high or too low")
        }
        return lines
    }

    static func rounded(_ value: Float) -> String { "\((Double(value) * 1000).rounded() / 1000)" }
    static func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }
}

/// `phantom copies search`.
struct CopiesSearch: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Tells of images whether they are copies of a model's training images.")

    @Option(help: ArgumentHelp("A model folder with an index.", valueName: "dir"))
    var model: String

    @Option(help: ArgumentHelp("The images: a folder, as the data set kind folder reads it.", valueName: "dir"))
    var images: String

    @Option(help: ArgumentHelp("A PNG file for the ten nearest pairs.", valueName: "file"))
    var pairs: String?

    func run() throws {
        guard let index = try CopyIndex.read(model: model), let calibration = index.calibration else {
            throw CopyError(
                "\(model)/\(CopyIndex.fileName)",
                expected: "the index of the training images, with a threshold (phantom copies index)", got: "none")
        }
        let set = try SearchedPictures(folder: images, for: index)
        let search = CopySearch(index), progress = ProgressLine()
        var report = CopyReport(calibration), brought = 0
        print(CopyReport.columns)
        for place in 0..<set.count {
            let (picture, isBrought) = try set.picture(place), name = set.name(place)
            if isBrought { brought += 1 }
            let match = try report.add(picture, name: name, to: search)
            print(report.row(name, match))
            progress.show(done: place + 1, of: set.count)
        }
        progress.finish()
        if brought > 0 {
            let size = "\(index.origin.width)x\(index.origin.height)"
            progress.note("\(brought) of \(set.count) images were brought to \(size), the size of the index's images")
        }
        tell(report, progress)
        if let pairs, let picture = try report.picture(index, training: nil) {
            try writeWholeFile(PNGEncoder.encode(picture).bytes, to: pairs)
        }
    }

    private func tell(_ report: CopyReport, _ progress: ProgressLine) {
        let interval = report.interval ?? 0...1
        progress.note(
            """
            \(report.flagged) of \(report.count) images are copies (95 % interval \
            \(CopyIndexing.percent(interval.lowerBound)) to \(CopyIndexing.percent(interval.upperBound))), of \
            \(report.patients) training patients or groups
            """)
        for line in CopyIndexing.lines(report.calibration) { progress.note(line) }
    }
}
