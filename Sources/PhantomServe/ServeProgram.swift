import ArgumentParser
import Commands
import Service

/// The service, until SIGTERM or SIGINT.
struct ServeProgram: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "serve", abstract: "Serves models over HTTP.")

    @OptionGroup var options: ServeOptions

    func run() throws {
        let sources = ConfigurationSources(file: options.config)
        let given = options.model.map { Configuration.ModelReference(name: nil, path: $0) }
        var configuration = try sources.read()
        if let host = options.host { configuration.host = host }
        if let port = options.port { configuration.port = port }
        if let role = options.role { configuration.role = try Configuration.Role(option: role.rawValue) }
        if !given.isEmpty { configuration.models = given }
        let signals = ServiceProcess.prepare(configuration)
        let service = try Service(configuration)
        service.warn(ofIgnoredVariables: sources.ignoredVariables)
        service.readModels {
            guard given.isEmpty else { return given }
            let configuration = try sources.read()
            try configuration.validateModels()
            return configuration.models
        }
        signals.reloadOnHangUp(service)
        try service.start()
        signals.wait()
        ServiceProcess.end(isComplete: service.stop())
    }
}
