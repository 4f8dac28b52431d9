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

/// What `phantom store sweep` can be told.
public struct StoreSweepOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Leave what was named or written so recently.", valueName: "seconds"))
    public var after: Int = 3_600

    @OptionGroup public var store: StorePlace

    public init() {}

    public func validate() throws {
        guard (0...31_536_000).contains(after) else {
            throw ValidationError("--after: expected 0 ... 31536000 seconds, got \(after)")
        }
    }

    var arguments: [String] { ["store", "sweep", "--after=\(after)"] + store.arguments }
}

/// What `phantom store copy` can be told.
public struct StoreCopyOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The store to copy.", valueName: "sqlite:PATH or postgres://..."))
    public var source: String

    @Argument(help: ArgumentHelp("The store to make.", valueName: "sqlite:PATH or postgres://..."))
    public var destination: String

    @Option(
        help: ArgumentHelp(
            "Where the images of the source are, if not in its database.", valueName: "directory or JSON"))
    public var sourceImages: String?

    @Option(
        help: ArgumentHelp(
            "Where those of the other are to be, if not in its database.", valueName: "directory or JSON"))
    public var images: String?

    public init() {}

    var arguments: [String] {
        ["store", "copy"] + (sourceImages.map { ["--source-images=\($0)"] } ?? [])
            + (images.map { ["--images=\($0)"] } ?? []) + ["--", source, destination]
    }
}
