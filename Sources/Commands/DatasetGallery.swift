import ArgumentParser
import Datasets
import JSON

/// `phantom dataset gallery`.
struct DatasetGallery: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gallery", abstract: "Lays real images beside synthetic ones that show the same.",
        discussion: """
            The synthetic set is a folder as phantom augment writes it; each combination of its labels is a row, the \
            real set's images to the left.
            """)

    @OptionGroup var options: DatasetOptions

    @Option(help: ArgumentHelp("The synthetic set: a folder with a labels.csv.", valueName: "dir"))
    var synthetic: String

    @Option(help: ArgumentHelp("The picture (PNG).", valueName: "file"))
    var output: String

    @Option(help: "Images of a row on either side, 1 to 64.")
    var columns = 6

    @Option(help: "Pixels of a side of the images.")
    var size = 64

    @Option(help: "Times that each pixel is repeated in both directions, 1 to 16.")
    var enlarge = 1

    func validate() throws {
        try OptionRange.check("--columns", columns, in: 1...64)
        try OptionRange.check("--size", size, in: 4...4096)
        try OptionRange.check("--enlarge", enlarge, in: 1...16)
    }

    func run() throws {
        let settings = try options.settings(), real = try settings.open()
        guard !real.attributes.isEmpty else {
            throw ValidationError("--attribute: expected an attribute of the real images, got none.")
        }
        let made: JSONObject = [
            "kind": "folder", "path": .string(synthetic),
            "attributes": .array(real.attributes.map { ["name": .string($0.name), "multiple": .bool($0.multiple)] }),
        ]
        var layout = Gallery.Layout()
        (layout.columns, layout.side, layout.enlargement) = (columns, size, enlarge)
        let gallery = try Gallery(
            real: real, settings: settings, synthetic: try DatasetSettings(json: JSONCursor(made)).open(),
            layout: layout)
        try gallery.picture.writePNG(to: output)
        print("\(output): real images on the left, synthetic ones on the right. Rows:")
        for row in gallery.rows { print("  \(row)") }
    }
}
