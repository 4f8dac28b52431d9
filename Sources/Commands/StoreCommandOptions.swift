import ArgumentParser

/// Which store.
public struct StorePlace: ParsableArguments {
    @OptionGroup public var settings: StoreOptions

    @Option(
        help: ArgumentHelp(
            "The store itself, in the place of what the settings name.", valueName: "sqlite:PATH or postgres://..."))
    public var database: String?

    public init() {}

    var arguments: [String] { settings.arguments + (database.map { ["--database=\($0)"] } ?? []) }
}

/// What `phantom store backup` can be told.
public struct StoreBackupOptions: ParsableArguments {
    @Argument(help: "The file to write; it is made for its owner alone.")
    public var file: String

    @Flag(help: "Let it take the place of a file of this name.")
    public var replace = false

    @OptionGroup public var store: StorePlace

    public init() {}

    var arguments: [String] {
        ["store", "backup"] + store.arguments + (replace ? ["--replace"] : []) + ["--", file]
    }
}

/// What `phantom store copy` can be told.
public struct StoreCopyOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The store to copy.", valueName: "sqlite:PATH or postgres://..."))
    public var source: String

    @Argument(help: ArgumentHelp("The store to make.", valueName: "sqlite:PATH or postgres://..."))
    public var destination: String

    public init() {}

    var arguments: [String] { ["store", "copy", "--", source, destination] }
}
