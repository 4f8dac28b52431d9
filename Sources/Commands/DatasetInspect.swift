import ArgumentParser
import Datasets
import Images
import JSON

/// `phantom dataset inspect`.
struct DatasetInspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: """
            Counts a set's images, sizes, labels and groups, and looks for leaks; exit 1 where an image cannot be \
            read, or something that is trained on would be held out as well.
            """)

    @OptionGroup var options: DatasetOptions

    @Option(help: ArgumentHelp("A contact sheet of the pixels that a network will see (PNG).", valueName: "file"))
    var output: String?

    @Option(help: "Pixels of a side of the sheet's images.")
    var size = 64

    @Option(help: "Channels of the sheet's images, 1 or 3; as the first image has them where it is not given.")
    var channels: Int?

    @Flag(help: "Write JSON.")
    var json = false

    func validate() throws {
        try OptionRange.check("--size", size, in: PixelImage.resizedSides)
        try OptionRange.check(channels: channels)
    }

    func run() throws {
        let settings = try options.settings()
        let dataset = try settings.open()
        let inspection = DatasetInspection(dataset, settings)
        if json {
            print(String(decoding: JSONWriter(indent: 2).write(.object(inspection.json)), as: UTF8.self))
        } else {
            print(inspection.text)
        }
        if let output {
            let sheet = try ContactSheet(dataset, settings, side: size, channels: channels)
            try sheet.picture.writePNG(to: output)
            if !json { print("\(output): rows of " + sheet.rows.joined(separator: ", ")) }
        }
        let isFaulty = !inspection.faults.isEmpty && settings.onError == .stop
        if isFaulty || inspection.leaks.hasLeaks { throw ExitCode.failure }
    }
}
