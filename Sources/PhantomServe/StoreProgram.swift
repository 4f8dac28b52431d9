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

        func run() throws { try store.upkeep().check() }
    }

    struct Backup: ParsableCommand {
        @OptionGroup var options: StoreBackupOptions

        func run() throws { try options.store.upkeep().backUp(to: options.file, replacing: options.replace) }
    }

    struct Vacuum: ParsableCommand {
        @OptionGroup var store: StorePlace

        func run() throws { try store.upkeep().vacuum() }
    }

    struct Sweep: ParsableCommand {
        @OptionGroup var options: StoreSweepOptions

        func run() throws { try options.store.upkeep().sweep(after: .seconds(options.after)) }
    }

    struct Copy: ParsableCommand {
        @OptionGroup var options: StoreCopyOptions

        func run() throws {
            let source = try Configuration.Database(argument: options.source, named: "the source")
            let destination = try Configuration.Database(
                argument: options.destination, named: "the destination")
            let sourceImages = try Configuration.Images(argument: options.sourceImages, named: "--source-images")
            let images = try Configuration.Images(argument: options.images, named: "--images")
            try StoreMove(
                from: .init(source, images: sourceImages), to: .init(destination, images: images), say: say
            ).run()
        }
    }
}

extension StorePlace {
    fileprivate func upkeep() throws -> StoreUpkeep {
        var configuration = try ConfigurationSources(file: settings.config).read()
        if let database { configuration.database = try .init(argument: database, named: "--database") }
        return StoreUpkeep(configuration, say: say)
    }
}

/// Prints a line at once, also where the output is a file: what is long is looked at meanwhile.
@Sendable private func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }
