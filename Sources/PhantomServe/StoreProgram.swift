import ArgumentParser
import Commands
import Service

import struct Foundation.Data
import class Foundation.FileHandle

/// `phantom store`.
struct StoreProgram: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Checks, copies and shrinks the store.",
        subcommands: [Check.self, Backup.self, Vacuum.self, Sweep.self, Copy.self])

    struct Check: ParsableCommand {
        @OptionGroup var store: StorePlace

        func validate() throws { try store.checkUsage() }

        func run() throws { try store.upkeep().check() }
    }

    struct Backup: ParsableCommand {
        @OptionGroup var options: StoreBackupOptions

        func validate() throws { try options.store.checkUsage() }

        func run() throws { try options.store.upkeep().backUp(to: options.file, replacing: options.replace) }
    }

    struct Vacuum: ParsableCommand {
        @OptionGroup var store: StorePlace

        func validate() throws { try store.checkUsage() }

        func run() throws { try store.upkeep().vacuum() }
    }

    struct Sweep: ParsableCommand {
        @OptionGroup var options: StoreSweepOptions

        func validate() throws { try options.store.checkUsage() }

        func run() throws { try options.store.upkeep().sweep(after: .seconds(options.after)) }
    }

    struct Copy: ParsableCommand {
        @OptionGroup var options: StoreCopyOptions

        func validate() throws { try Usage.check { _ = try ends() } }

        func run() throws {
            let (source, destination) = try ends()
            try StoreMove(from: source, to: destination, say: say).run()
        }

        /// - Throws: `ConfigurationError` for what names no store, or no place of images.
        private func ends() throws(ConfigurationError) -> (source: StoreMove.Place, destination: StoreMove.Place) {
            let source = try Configuration.Database(argument: options.source, named: "the source")
            let destination = try Configuration.Database(
                argument: options.destination, named: "the destination")
            let sourceImages = try Configuration.Images(argument: options.sourceImages, named: "--source-images")
            let images = try Configuration.Images(argument: options.images, named: "--images")
            return (.init(source, images: sourceImages), .init(destination, images: images))
        }
    }
}

extension StorePlace {
    fileprivate func upkeep() throws -> StoreUpkeep {
        var configuration = try ConfigurationSources(file: settings.config).read()
        if let given = try givenDatabase() { configuration.database = given }
        return StoreUpkeep(configuration, say: say)
    }

    /// - Throws: `ValidationError` for what names no store.
    fileprivate func checkUsage() throws { try Usage.check { _ = try givenDatabase() } }

    private func givenDatabase() throws(ConfigurationError) -> Configuration.Database? {
        guard let database else { return nil }
        return try .init(argument: database, named: "--database")
    }
}

/// Prints a line at once, also where the output is a file: what is long is looked at meanwhile.
@Sendable private func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }
