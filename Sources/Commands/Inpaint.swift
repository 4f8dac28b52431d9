import ArgumentParser
import Imaging
import JSON

/// `phantom inpaint`: a part of an image made anew.
struct Inpaint: ImageCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fills the white part of a mask; all else stays as it is, to the bit.",
        discussion: """
            Writes the images, manifest.csv, consistency.json (what changed outside the mask: nothing) and, of \
            several images, \
            deviation.png: where they differ. Grey levels of the mask blend; of a mask of two values, such as a label \
            map of 0 and 1, \
            the higher is filled. The images keep the depth of the given one unless \
            --bit-depth says otherwise.
            """)

    @Option(help: ArgumentHelp("The image, PNG or DICOM.", valueName: "file"))
    var image: String

    @Option(help: ArgumentHelp("The mask, PNG of the same size: white is filled.", valueName: "file"))
    var mask: String

    @Option(help: "ddnm or repaint.")
    var method: String?

    @OptionGroup var resampling: ResamplingOption
    @OptionGroup var options: SamplingOptions

    var task: OfflineTask {
        var body = options.body
        body["method"] = method.map { .string($0) }
        body["resample"] = resampling.json
        return OfflineTask(inpainting: body, image: image, mask: mask)
    }

    func validate() throws { try task.validateUsage() }

    func run() throws { try options.run(task) }
}
