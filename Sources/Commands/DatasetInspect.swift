import ArgumentParser
import Datasets
import JSON

/// `phantom dataset inspect`.
struct DatasetInspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Counts a set's images, sizes, labels and groups; exit 1 where an image cannot be read.")

    @OptionGroup var options: DatasetOptions

    @Flag(help: "Write JSON.")
    var json = false

    func run() throws {
        let settings = try options.settings()
        let inspection = DatasetInspection(try settings.open(), settings)
        if json {
            print(String(decoding: JSONWriter(indent: 2).write(.object(inspection.json)), as: UTF8.self))
        } else {
            print(inspection.text)
        }
        if !inspection.faults.isEmpty, settings.onError == .stop { throw ExitCode.failure }
    }
}
