import ArgumentParser
import Imaging
import JSON

/// `phantom upscale`: a larger image whose means over blocks are the given one.
struct Upscale: ImageCommand {
    static let configuration = CommandConfiguration(
        abstract: "Enlarges an image 2, 4 or 8 times.",
        discussion: """
            Writes the images, manifest.csv, consistency.json (how far means over blocks of the answer are from the \
            given image) \
            and, of several images, deviation.png: where they differ, nothing was measured. A grey image given to a \
            colour model is \
            coloured as well.
            """)

    @Option(help: ArgumentHelp("The image of low resolution, PNG or DICOM.", valueName: "file"))
    var image: String

    @Option(help: "2, 4 or 8.")
    var scale: Int

    @Option(help: "ddnm, or conditional for a model that was trained for it.")
    var method: String?

    @Option(help: "Standard deviation of the noise in the image, as a part of the range from black to white, 0 to 1.")
    var noiseLevel: Double?

    @OptionGroup var resampling: ResamplingOption
    @OptionGroup var options: SamplingOptions

    var task: OfflineTask {
        var body = options.body
        body["scale"] = .integer(scale)
        body["method"] = method.map { .string($0) }
        body["noise_level"] = noiseLevel.map { .double($0) }
        body["resample"] = resampling.json
        return OfflineTask(superResolution: body, image: image)
    }

    func validate() throws { try task.validateUsage() }

    func run() throws { try options.run(task) }
}
