import ArgumentParser

/// `phantom store`: the store of the service as a whole.
struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Checks, copies and shrinks the store of the service.",
        subcommands: [
            StoreCheckCommand.self, StoreBackup.self, StoreVacuum.self, StoreSweep.self, StoreCopyCommand.self,
        ])
}

/// `phantom store check`.
struct StoreCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Looks whether the store is whole.",
        discussion: """
            Of a file its pages, indexes and references; then that every job's recipe can be read, that what has \
            succeeded has all its images with the bytes of their digests, that nothing lies about which belongs to no \
            open job, and that the audit log is a chain. It changes nothing and may run beside the service. Each fault \
            is a line; with any the exit code is 1.
            """)

    @OptionGroup var store: StorePlace

    func run() throws {
        throw SiblingProgram(name: "phantom-serve").replaceThisProcess(arguments: ["store", "check"] + store.arguments)
    }
}

/// `phantom store backup`.
struct StoreBackup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Writes a copy of the store as it is now, beside the running service.",
        discussion: """
            The copy is checked as phantom store check does before it gets its name. A store in PostgreSQL is backed \
            up by pg_dump.
            """)

    @OptionGroup var options: StoreBackupOptions

    func run() throws {
        throw SiblingProgram(name: "phantom-serve").replaceThisProcess(arguments: options.arguments)
    }
}

/// `phantom store vacuum`.
struct StoreVacuum: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vacuum", abstract: "Gives free room of the store's file back, while no service runs.",
        discussion: """
            The file is written anew beside the old one, which it replaces once it is checked: so as much room as it \
            then takes has to be free.
            """)

    @OptionGroup var store: StorePlace

    func run() throws {
        let arguments = ["store", "vacuum"] + store.arguments
        throw SiblingProgram(name: "phantom-serve").replaceThisProcess(arguments: arguments)
    }
}

/// `phantom store sweep`.
struct StoreSweep: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "Removes what lies beside the database and no row names.",
        discussion: """
            Where `images` names a directory or a bucket, the services do so by and by; after a backup was restored \
            this does it at once. It may run beside them: what one of them is about to name is put anew.
            """)

    @OptionGroup var options: StoreSweepOptions

    func run() throws {
        throw SiblingProgram(name: "phantom-serve").replaceThisProcess(arguments: options.arguments)
    }
}

/// `phantom store copy`.
struct StoreCopyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy", abstract: "Copies a whole store into an empty one of the same or of another kind.",
        discussion: """
            No service may run on either. Of both a digest over all rows is printed in the end, and they have to be \
            equal. A copy that was broken off is gone on with by the same command; until it is finished no service \
            opens what has been copied. The source's tables are brought up to date first, as by a service that starts.
            """)

    @OptionGroup var options: StoreCopyOptions

    func run() throws {
        throw SiblingProgram(name: "phantom-serve").replaceThisProcess(arguments: options.arguments)
    }
}
