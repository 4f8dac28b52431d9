import ArgumentParser
import Datasets
import Images

/// `phantom dataset export`.
struct DatasetExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes a set as PNG files and a labels.csv, which the kind folder reads.")

    @OptionGroup var options: DatasetOptions

    @Option(help: ArgumentHelp("Folder for the files; new or empty.", valueName: "dir"))
    var output: String

    @Option(help: "Pixels of a side; without it pictures stay as they are stored.")
    var size: Int?

    @Option(help: "Channels of pictures that are given a size: 1 or 3; 1 by default.")
    var channels: Int?

    @Option(help: "Images at most, evenly spaced.")
    var count: Int?

    func validate() throws {
        try OptionRange.check("--count", count, in: 1...100_000_000)
        try OptionRange.check("--size", size, in: PixelImage.resizedSides)
        try OptionRange.check(channels: channels)
        guard channels == nil || size != nil else {
            throw ValidationError("--channels: expected --size; pictures that are given none stay as they are stored.")
        }
    }

    func run() throws {
        let settings = try options.settings()
        let shape = size.map { PixelShape(height: $0, width: $0, channels: channels ?? 1) }
        let export = try DatasetExport(try settings.open(), settings, to: output, shape: shape, most: count)
        print("\(output): \(export.written) images")
        for image in export.skipped { print("left out: \(image.reason)") }
    }
}
