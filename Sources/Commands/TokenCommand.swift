import ArgumentParser

/// `phantom token`: tokens for those who may use the service.
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Makes tokens for the service.", subcommands: [TokenNew.self])
}

/// `phantom token new`.
struct TokenNew: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Prints a new token once, and its entry for auth.tokens in the settings.",
        discussion: "The token itself is kept nowhere: the settings hold its SHA-256 digest only.")

    @OptionGroup var options: TokenOptions

    func run() throws {
        throw SiblingProgram(name: "phantom-serve").replaceThisProcess(arguments: options.arguments)
    }
}

/// What `phantom token new` can be told.
public struct TokenOptions: ParsableArguments {
    /// What a token may allow, by the names that the settings have.
    public enum Scope: String, CaseIterable, ExpressibleByArgument, Sendable { case read, submit, admin }

    @Argument(help: "Whose jobs are made with it: 1 to 64 letters, digits, dots, hyphens and underscores.")
    public var name: String

    @Option(
        help: "What it allows: read, submit or admin; may be repeated. Without it, read and submit.")
    public var scope: [Scope] = []

    public init() {}

    /// The command line that says the same.
    var arguments: [String] { ["token", "new"] + scope.map { "--scope=\($0.rawValue)" } + ["--", name] }
}
