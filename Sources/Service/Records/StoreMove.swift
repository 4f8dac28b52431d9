import Jobs
import JobsPostgres
import JobsSQLite

import class FoundationEssentials.FileManager

/// Copies a store, as a whole, into one of the same or of another kind.
public struct StoreMove {
    private let source: Configuration.Database
    private let destination: Configuration.Database
    private let say: (String) -> Void

    /// - Parameter say: told what is done, in lines for people.
    public init(
        from source: Configuration.Database, to destination: Configuration.Database, say: @escaping (String) -> Void
    ) {
        (self.source, self.destination, self.say) = (source, destination, say)
    }

    /// Goes on with a copy that was not finished; a copy that was is checked only.
    /// - Throws: `JobStoreError`.
    public func run() throws(JobStoreError) {
        guard source != destination else {
            throw .unusableStore(path: "of the destination", reason: "it is the source; name another")
        }
        if case .sqlite(let path) = source, !SQLiteJobStore.exists(path: path) {
            throw .unusableStore(path: path, reason: "there is no such file")
        }
        let from = try Self.open(source), to = try Self.open(destination)
        if case .postgres = source {
            say("of the processes that use \(from.place) only those are seen that announce themselves; stop all")
        }
        try StoreCopy(from: from, to: to, say: say).run()
        say("both are equal")
        try from.close()
        try to.close()
    }

    private static func open(
        _ database: Configuration.Database
    ) throws(JobStoreError) -> any StoreDestination & JobStore {
        switch database {
        case .sqlite(let path): return try SQLiteJobStore.openForCopy(path: path)
        case .postgres(let url):
            var settings = PostgresJobStore.Configuration()
            // A copy that is not finished may be lost: it is verified in the end.
            settings.mayForget = true
            return try PostgresJobStore.openForCopy(url: url, configuration: settings)
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
