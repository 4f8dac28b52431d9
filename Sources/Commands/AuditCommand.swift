import ArgumentParser

/// `phantom audit`: the record of who has done what, in the store of the service.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Checks, prints or archives the audit log of the service's store.",
        subcommands: [AuditVerify.self, AuditExport.self, AuditArchive.self])
}

/// `phantom audit verify`.
struct AuditVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Checks that no entry was changed, left out or put in.",
        discussion: """
            Prints the number of entries and the digest of the last. Note it elsewhere: with --head, a log that was \
            cut or written anew is found out, too.
            """)

    @OptionGroup var options: AuditVerifyOptions

    func run() throws {
        throw SiblingProgram(name: "phantom-serve").replaceThisProcess(arguments: options.arguments)
    }
}

/// `phantom audit export`.
struct AuditExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Prints the entries, one JSON object a line.")

    @OptionGroup var options: AuditExportOptions

    func run() throws {
        throw SiblingProgram(name: "phantom-serve").replaceThisProcess(arguments: options.arguments)
    }
}

/// `phantom audit archive`.
struct AuditArchive: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive", abstract: "Moves old entries into a file.",
        discussion: """
            The log is checked first. What is left begins with an entry that holds the digest of the last of the file, \
            and has one more that says so. The service may run meanwhile.
            """)

    @OptionGroup var options: AuditArchiveOptions

    func run() throws {
        throw SiblingProgram(name: "phantom-serve").replaceThisProcess(arguments: options.arguments)
    }
}

/// Where the store is.
public struct StoreOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Settings that name the database, as for phantom serve.", valueName: "config.json"))
    public var config: String?

    public init() {}

    var arguments: [String] { config.map { ["--config=\($0)"] } ?? [] }
}

/// What `phantom audit verify` can be told.
public struct AuditVerifyOptions: ParsableArguments {
    @OptionGroup public var store: StoreOptions

    @Option(help: ArgumentHelp("The digest of a last entry that was noted earlier.", valueName: "sha256"))
    public var head: String?

    public init() {}

    public func validate() throws {
        guard let head else { return }
        guard head.utf8.count == 64, head.allSatisfy(\.isHexDigit) else {
            throw ValidationError("--head: expected a SHA-256 digest in 64 hexadecimal digits")
        }
    }

    var arguments: [String] { ["audit", "verify"] + store.arguments + (head.map { ["--head=\($0)"] } ?? []) }
}

/// What `phantom audit export` can be told.
public struct AuditExportOptions: ParsableArguments {
    @OptionGroup public var store: StoreOptions

    @Option(help: ArgumentHelp("Only entries after the one of this number.", valueName: "number"))
    public var after: Int = 0

    public init() {}

    public func validate() throws { try OptionRange.check("--after", after, in: 0...Int.max) }

    var arguments: [String] { ["audit", "export"] + store.arguments + ["--after=\(after)"] }
}

/// What `phantom audit archive` can be told.
public struct AuditArchiveOptions: ParsableArguments {
    @Argument(help: "The file to write, one JSON object a line; it is made for its owner alone.")
    public var file: String

    @OptionGroup public var store: StoreOptions

    @Option(help: ArgumentHelp("Entries of so many days stay in the log.", valueName: "days"))
    public var keepDays: Int

    public init() {}

    public func validate() throws { try OptionRange.check("--keep-days", keepDays, in: 0...1_000_000) }

    var arguments: [String] { ["audit", "archive"] + store.arguments + ["--keep-days=\(keepDays)", "--", file] }
}
