import ArgumentParser
import Copies
import Training

/// `phantom ema`: the model of a run with another average of its weights.
struct EMA: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ema", abstract: "Makes a run's model with an average of another width.",
        discussion: """
            The width is the deviation of the average in time, as a share of the run (Karras et al. 2024): 0.05 keeps \
            the last twentieth, roughly, 0.2 the last fifth. It is made of the snapshots in the run's averages/.
            """)

    @Option(name: .customLong("run"), help: ArgumentHelp("The folder of a run.", valueName: "dir"))
    var folder: String

    @Option(help: "The width, 0.01 to 0.25.")
    var width: Double

    @Option(help: ArgumentHelp("Where the model folder goes.", valueName: "dir"))
    var output: String

    func run() throws {
        let model = try PostHocModel(run: folder)
        try model.write(width: width, to: output)
        // The same images: the index is that of the run's model.
        try CopyIndex.read(model: RunFolder(folder).model)?.write(model: output)
        print("The average of width \(width) at step \(model.step) is in \(output).")
    }
}
