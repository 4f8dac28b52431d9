import ArgumentParser

/// `phantom dataset`: what a data set holds, and its images as files.
struct DatasetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dataset", abstract: "Shows what a data set holds, and writes its images.",
        subcommands: [DatasetInspect.self, DatasetExportCommand.self, DatasetGallery.self])
}
