import ArgumentParser
import Imaging

/// The command. Each subcommand is a file of its own beside this one. Exit codes: 0 done, 1 failed (one message on
/// standard error), 64 wrong usage.
public struct Phantom: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "phantom",
        abstract: "Serves pixel-space diffusion models that make synthetic medical images.",
        version: Program.version,
        subcommands: [
            Serve.self, Generate.self, Inpaint.self, Upscale.self, Verify.self, Forward.self, Gradients.self,
            Import.self, Inspect.self, Bench.self, DatasetCommand.self, Train.self, EMA.self, Evaluate.self,
            Augment.self, CopiesCommand.self, TokenCommand.self, AuditCommand.self, StoreCommand.self,
        ])

    public init() {}
}
