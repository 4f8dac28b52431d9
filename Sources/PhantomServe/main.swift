// `phantom serve`, and what else needs the service's parts: what these commands become.
import ArgumentParser

struct ServicePrograms: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "phantom-serve",
        abstract: "What `phantom serve`, `phantom token`, `phantom audit` and `phantom store` become.",
        subcommands: [ServeProgram.self, TokenProgram.self, AuditProgram.self, StoreProgram.self],
        defaultSubcommand: ServeProgram.self)
}

ServicePrograms.main()
