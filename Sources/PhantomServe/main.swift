// `phantom serve`, and what else needs the service's parts: what these commands become.
import ArgumentParser

struct ServicePrograms: ParsableCommand {
    static let configuration = CommandConfiguration(
        // Usage names the command as it was typed: these are reached by way of `phantom`.
        commandName: "phantom",
        abstract: "What `phantom serve`, `phantom token`, `phantom audit` and `phantom store` become.",
        subcommands: [ServeProgram.self, TokenProgram.self, AuditProgram.self, StoreProgram.self],
        defaultSubcommand: ServeProgram.self)
}

ServicePrograms.main()
