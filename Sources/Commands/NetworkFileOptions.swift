import ArgumentParser
import Imaging

/// A network, and the files between which it computes: for the commands that check one.
struct NetworkFileOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A model folder (diffusers layout).", valueName: "dir"))
    var model: String

    @Option(help: "Which weights of the folder: fp16, ema, non_ema, ...")
    var variant: String?

    @Option(help: ArgumentHelp("The inputs, a safetensors file.", valueName: "file"))
    var input: String

    @Option(help: ArgumentHelp("Where the results go, a safetensors file.", valueName: "file"))
    var output: String

    @Option(help: "Threads that share the work.")
    var threads = MachineResources.current.cores

    func validate() throws {
        try OptionRange.check("--threads", threads, in: OptionRange.threads)
        try OptionRange.check(variant: variant)
    }
}
