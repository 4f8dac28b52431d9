import JSON
import Jobs
import JobsPostgres
import JobsSQLite

import class FoundationEssentials.FileManager

/// Copies a store, as a whole, into one of the same or of another kind.
public struct StoreMove {
    /// One of the two.
    public struct Place {
        var database: Configuration.Database
        var images: Configuration.Images

        /// - Parameter images: where they are, if not in the database.
        public init(_ database: Configuration.Database, images: Configuration.Images = .init()) {
            (self.database, self.images) = (database, images)
        }
    }

    private let source: Place
    private let destination: Place
    private let say: (String) -> Void

    /// - Parameter say: told what is done, in lines for people.
    public init(from source: Place, to destination: Place, say: @escaping (String) -> Void) {
        (self.source, self.destination, self.say) = (source, destination, say)
    }

    /// Goes on with a copy that was not finished; a copy that was is checked only.
    /// - Throws: `JobStoreError`, `ConfigurationError`.
    public func run() throws {
        guard source.database != destination.database else {
            throw JobStoreError.unusableStore(path: "of the destination", reason: "it is the source; name another")
        }
        if case .sqlite(let path) = source.database, !SQLiteJobStore.exists(path: path) {
            throw JobStoreError.unusableStore(path: path, reason: "there is no such file")
        }
        let from = try Self.open(source), to = try Self.open(destination)
        if case .postgres = source.database {
            say("of the processes that use \(from.place) only those are seen that announce themselves; stop all")
        }
        try StoreCopy(from: from, to: to, say: say).run()
        say("both are equal")
        try from.close()
        try to.close()
    }

    private static func open(_ place: Place) throws -> any StoreDestination & JobStore {
        var configuration = Configuration()
        (configuration.database, configuration.images) = (place.database, place.images)
        let blobs = try configuration.blobs()
        switch place.database {
        case .sqlite(let path): return try SQLiteJobStore.openForCopy(path: path)
        case .postgres(let url):
            var settings = PostgresJobStore.Configuration()
            // A copy that is not finished may be lost: it is verified in the end.
            settings.mayForget = true
            settings.blobs = blobs
            return try PostgresJobStore.openForCopy(url: url, configuration: settings)
        }
    }
}

extension Configuration.Images {
    /// Reads where images are on the command line: a directory, or JSON as `images` in the configuration is.
    /// - Throws: `ConfigurationError`.
    public init(
        argument text: String?, named name: String,
        workingDirectory: String = FileManager.default.currentDirectoryPath
    ) throws(ConfigurationError) {
        self.init()
        guard let text else { return }
        do throws(JSONMismatch) {
            let directory: JSONValue = ["kind": "directory", "path": .string(text)]
            guard let given = text.hasPrefix("{") ? try? JSONReader().read(text) : directory else {
                throw JSONMismatch(pointer: "", expected: "a directory, or JSON", got: text)
            }
            var configuration = Configuration()
            let layer = ConfigurationLayer(root: JSONCursor(.object(["images": given])), folder: workingDirectory)
            try layer.apply(to: &configuration)
            self = configuration.images
        } catch {
            throw ConfigurationError(source: name, pointer: error.pointer, expected: error.expected, got: error.got)
        }
    }
}

extension Configuration.Database {
    /// Reads a store's name on the command line, as `database` in the configuration names it.
    /// - Throws: `ConfigurationError` for what names none.
    public init(
        argument text: String, named name: String,
        workingDirectory: String = FileManager.default.currentDirectoryPath
    ) throws(ConfigurationError) {
        let scheme = "sqlite:"
        if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
            self = .postgres(url: text)
        } else if text.hasPrefix(scheme), text.utf8.count > scheme.utf8.count {
            let path = String(text.dropFirst(scheme.count))
            self = .sqlite(path: path.hasPrefix("/") ? path : "\(workingDirectory)/\(path)")
        } else {
            throw ConfigurationError(
                source: name, expected: "sqlite:PATH or postgres://USER@HOST/DATABASE", got: "another text")
        }
    }
}
