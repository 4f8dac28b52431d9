import ArgumentParser
import Commands
import Service

/// `phantom audit`.
struct AuditProgram: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Checks or prints the audit log.", subcommands: [Verify.self, Export.self])

    struct Verify: ParsableCommand {
        @OptionGroup var options: AuditVerifyOptions

        func run() throws {
            let chain = try options.store.log().verify(known: options.head?.lowercased())
            print("\(chain.count) entries hold; the digest of the last is \(chain.head)")
        }
    }

    struct Export: ParsableCommand {
        @OptionGroup var options: AuditExportOptions

        func run() throws { try options.store.log().export(after: Int64(options.after)) { print($0) } }
    }
}

extension StoreOptions {
    fileprivate func log() throws -> AuditLog { try AuditLog(ConfigurationSources(file: config).read()) }
}
