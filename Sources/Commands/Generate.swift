import ArgumentParser
import Imaging
import JSON

/// `phantom generate`: the images of the service without the service.
struct Generate: ImageCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes images and their manifest.csv.",
        discussion: "The same recipe gives the same files as the service, to the last bit.")

    @OptionGroup var options: SamplingOptions

    @Option(help: "Pixels.")
    var width: Int?

    @Option(help: "Pixels.")
    var height: Int?

    func validate() throws {
        try OptionRange.check("--width", width, in: OptionRange.side)
        try OptionRange.check("--height", height, in: OptionRange.side)
        do throws(RequestRefusal) {
            try options.imageFormat.check(side: max(width ?? 1, height ?? 1))
        } catch { throw ValidationError("\(error)") }
        try task.validateUsage()
    }

    var task: OfflineTask {
        var body = options.body
        body["width"] = width.map { .integer($0) }
        body["height"] = height.map { .integer($0) }
        return OfflineTask(generation: body)
    }

    func run() throws { try options.run(task) }
}
