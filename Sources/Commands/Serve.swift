import ArgumentParser
import Service

/// `phantom serve`: the service, until SIGTERM or SIGINT.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves models over HTTP.",
        discussion: """
            Every key of config.json can be set in the environment as well: limits.body_bytes is \
            PHANTOM_LIMITS_BODY_BYTES, \
            models is PHANTOM_MODELS=name=path,... Options win over the environment, the environment over the file. \
            Relative \
            paths in the file start from its folder, all others from the working directory.
            """)

    @Option(help: ArgumentHelp("Settings.", valueName: "config.json"))
    var config: String?

    @Option(help: "Address to listen on; others than loopback need `auth` in the settings.")
    var host: String?

    @Option(help: "Port to listen on; 0 takes a free one, which the log names.")
    var port: Int?

    @Option(
        help: ArgumentHelp("A model folder; may be repeated. Replaces the models of the settings.", valueName: "dir"))
    var model: [String] = []

    func validate() throws {
        try OptionRange.check("--port", port, in: 0...65_535)
    }

    func run() throws {
        let sources = ConfigurationSources(file: config)
        var configuration = try sources.read()
        if let host { configuration.host = host }
        if let port { configuration.port = port }
        if !model.isEmpty { configuration.models = model.map { .init(name: nil, path: $0) } }
        let signals = ServiceProcess.prepare(configuration)
        let service = try Service(configuration)
        service.warn(ofIgnoredVariables: sources.ignoredVariables)
        try service.start()
        signals.wait()
        ServiceProcess.end(isComplete: service.stop())
    }
}
