import ArgumentParser

/// What `phantom serve` can be told on the command line.
public struct ServeOptions: ParsableArguments {
    /// What a process may do, by the names that the settings have.
    public enum Role: String, CaseIterable, ExpressibleByArgument, Sendable { case all, api, worker }

    @Option(help: ArgumentHelp("Settings.", valueName: "config.json"))
    public var config: String?

    @Option(help: "Address to listen on; others than loopback need `auth` in the settings.")
    public var host: String?

    @Option(help: "Port to listen on; 0 takes a free one, which the log names.")
    public var port: Int?

    @Option(help: "What this process does for the queue: all, api (answers) or worker (computes).")
    public var role: Role?

    @Option(
        help: ArgumentHelp("A model folder; may be repeated. Replaces the models of the settings.", valueName: "dir"))
    public var model: [String] = []

    public init() {}

    public func validate() throws {
        try OptionRange.check("--port", port, in: 0...65_535)
    }

    /// The command line that says the same.
    var arguments: [String] {
        let settings = [
            ("config", config), ("host", host), ("port", port.map(String.init)), ("role", role?.rawValue),
        ]
        let given = settings.flatMap { name, value in value.map { ["--\(name)=\($0)"] } ?? [] }
        return given + model.map { "--model=\($0)" }
    }
}
