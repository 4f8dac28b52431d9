import ArgumentParser
import Imaging

/// `phantom verify`: makes the image of a file's recipe again and says whether it is the same.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes the image of a file's recipe again, and says what differs.",
        discussion: "Ends with 0 if the file is what its recipe makes, with 1 if it is not, or cannot be verified.")

    @Argument(help: "A PNG or DICOM file that was made here.")
    var file: String

    @Option(
        help: ArgumentHelp(
            "The model folder that made it (diffusers layout); by default looked for in Models.", valueName: "dir"))
    var model: String?

    @Option(help: ArgumentHelp("The picture that an inpainting or a super-resolution began with.", valueName: "file"))
    var image: String?

    @Option(help: ArgumentHelp("The mask of an inpainting.", valueName: "file"))
    var mask: String?

    @Option(help: "Compute threads; all cores by default.")
    var threads: Int?

    @Flag(help: "Prints what was found as JSON.")
    var json = false

    func validate() throws {
        try OptionRange.check("--threads", threads, in: OptionRange.threads)
    }

    func run() throws {
        let verification = try OfflineVerification(file: file, model: model, image: image, mask: mask)
        let progress = ProgressLine()
        let comparison = try verification.run(threads: threads) { progress.show(done: $0, of: $1) }
        progress.finish()
        print(json ? String(decoding: comparison.json.serialized(), as: UTF8.self) : comparison.description)
        if !comparison.isEqual { throw ExitCode.failure }
    }
}
