import ArgumentParser

/// `phantom serve`: the service, until SIGTERM or SIGINT.
///
/// The service is a program of its own beside this one, which this process becomes: the other commands carry no
/// database, no server and no queue with them.
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

    @OptionGroup var options: ServeOptions

    func run() throws {
        throw SiblingProgram(name: "phantom-serve").replaceThisProcess(arguments: options.arguments)
    }
}
