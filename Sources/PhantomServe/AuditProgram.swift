import ArgumentParser
import Commands
import Service

/// `phantom audit`.
struct AuditProgram: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Checks, prints or archives the audit log.",
        subcommands: [Verify.self, Export.self, Archive.self])

    struct Verify: ParsableCommand {
        @OptionGroup var options: AuditVerifyOptions

        func run() throws {
            let chain = try options.store.log().verify(known: options.head?.lowercased())
            let before = chain.anchor.map { "; \($0.sequence) before them were archived, the last with \($0.digest)" }
            print("\(chain.count) entries hold; the digest of the last is \(chain.head)\(before ?? "")")
        }
    }

    struct Export: ParsableCommand {
        @OptionGroup var options: AuditExportOptions

        func run() throws { try options.store.log().export(after: Int64(options.after)) { print($0) } }
    }

    struct Archive: ParsableCommand {
        @OptionGroup var options: AuditArchiveOptions

        func run() throws {
            let log = try options.store.log()
            guard let last = try log.archive(to: options.file, keepingDays: options.keepDays) else {
                return print("no entry is older than \(options.keepDays) days")
            }
            print("\(options.file): the entries up to \(last.sequence); the digest of the last is \(last.digest)")
        }
    }
}

extension StoreOptions {
    fileprivate func log() throws -> AuditLog { try AuditLog(ConfigurationSources(file: config).read()) }
}
