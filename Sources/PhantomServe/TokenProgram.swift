import ArgumentParser
import Commands
import Service

/// `phantom token`.
struct TokenProgram: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Makes tokens.", subcommands: [New.self])

    struct New: ParsableCommand {
        @OptionGroup var options: TokenOptions

        func validate() throws { try Usage.check { try NewToken.check(name: options.name) } }

        func run() throws {
            let scopes = options.scope.compactMap { TokenScope(rawValue: $0.rawValue) }
            let token = try NewToken(name: options.name, scopes: scopes.isEmpty ? [.read, .submit] : scopes)
            print(
                """
                The token, which is shown this once (Authorization: Bearer TOKEN):
                \(token.secret)
                Its entry for auth.tokens in config.json:
                \(token.entry)
                """)
        }
    }
}
