import Imaging
import Images
import Jobs
import JobsPostgres
import JobsSQLite

/// What an operator does with a store as a whole, without the service: looks whether it is whole, copies it, makes it
/// smaller.
public struct StoreUpkeep {
    private let configuration: Configuration
    /// Told what is found and done, in lines for people.
    private let say: (String) -> Void

    public init(_ configuration: Configuration, say: @escaping (String) -> Void) {
        (self.configuration, self.say) = (configuration, say)
    }

    /// Looks through the whole store, beside the running service, and says every fault.
    /// - Throws: `Faults` where there are any; `JobStoreError` for a store that cannot be read.
    public func check() throws {
        switch configuration.database {
        case .sqlite(let path):
            let reader = try SQLiteStoreReader(path: path)
            try finish(try check(reader), place: "sqlite:\(path)")
        case .postgres(let url):
            let store = try Self.open(url, configuration)
            // What is still to be chained or numbered is so after this.
            _ = try store.audit(after: 0, limit: 1)
            let tally = try store.look { try through($0) }
            try tellOfBlobs(store)
            try finish(tally, place: store.place)
        }
    }

    /// Writes a copy of the store as it is now, beside the running service.
    /// - Throws: `JobStoreError`, `Faults`; there is no copy then.
    public func backUp(to file: String, replacing: Bool) throws {
        switch configuration.database {
        case .sqlite(let path):
            let bytes = try SQLiteStoreReader(path: path).backUp(to: file, replacing: replacing) {
                (copy) throws(JobStoreError) in try refuse(copy, of: path)
            }
            say("\(file): \(bytes) bytes")
        case .postgres(let url):
            throw NotHere(
                description: """
                    a store in PostgreSQL is backed up by PostgreSQL: pg_dump --format=custom --schema=phantom \
                    --file='\(file)' '\(PostgresJobStore.redacted(url))' (and back: pg_restore), or by a base backup\
                    \(try wayOfBlobs())
                    """)
        }
    }

    private func wayOfBlobs() throws -> String {
        guard let blobs = try configuration.blobs() else { return "" }
        return """
            . Its images are in the \(blobs.place): copy that after the database, within the hour in which what no \
            row names any more is kept
            """
    }

    /// Gives free room of the store's file back, while no service runs.
    /// - Throws: `JobStoreError`; the store is as it was then.
    public func vacuum() throws {
        guard case .sqlite(let path) = configuration.database else {
            throw NotHere(
                description: "PostgreSQL gives free room to new rows by itself (autovacuum); see its VACUUM")
        }
        let (before, after) = try SQLiteJobStore.vacuum(path: path) { (copy) throws(JobStoreError) in
            try refuse(copy, of: path)
        }
        say("\(path): \(before) bytes before, \(after) after")
    }

    /// Removes what lies beside the database and no row has named for so long.
    /// - Throws: `JobStoreError`.
    public func sweep(after grace: Duration) throws {
        guard case .postgres(let url) = configuration.database, configuration.images.kind != .database else {
            throw NotHere(description: "images are in the database itself: nothing lies beside it (`images`)")
        }
        var settings = try Self.settings(configuration)
        settings.blobGrace = grace
        let store = try PostgresJobStore(url: url, configuration: settings)
        let removed = try store.sweepAllBlobs()
        guard let left = try store.countBlobs() else { return }
        say("\(left.place): \(removed) files removed, \(left.all) left, \(left.unnamed) of them named by no row")
    }

    // MARK: Checking

    /// Says what lies outside of the database that no row names. That is no fault: the sweep takes it.
    private func tellOfBlobs(_ store: PostgresJobStore) throws {
        guard let count = try store.countBlobs() else { return }
        say(
            """
            \(count.place): \(count.all) files, \(count.unnamed) of them named by no row (they are removed an hour \
            after the last row has gone that named them)
            """)
    }

    private func check(_ reader: SQLiteStoreReader) throws(JobStoreError) -> StoreTally {
        let faults = try reader.faultsOfFile()
        for fault in faults { say("\(fault)") }
        if let last = try reader.earlierSchema() {
            say(
                """
                the file was written by an earlier version (its last migration is \(last)): only its structure was \
                checked. The service of this version brings it up to date when it starts
                """)
            var tally = StoreTally()
            tally.faults = Int64(faults.count)
            return tally
        }
        var tally = try reader.look { try through($0) }
        tally.faults += Int64(faults.count)
        return tally
    }

    /// A copy has to be whole.
    private func refuse(_ copy: SQLiteStoreReader, of place: String) throws(JobStoreError) {
        let tally = try check(copy)
        say(tally.description)
        guard tally.faults == 0 else {
            throw .unusableStore(path: place, reason: "\(tally.faults) faults were found, so it was not copied")
        }
    }

    private func finish(_ tally: StoreTally, place: String) throws {
        say("\(place): \(tally.description)")
        if tally.faults > 0 { throw Faults(count: tally.faults) }
    }

    private func through(_ snapshot: any StoreSnapshot) throws -> StoreTally {
        let rules = StoreCheck.Rules(faultOfRecipe: Self.faultOfRecipe, faultOfImage: Self.faultOfImage)
        var check = StoreCheck(snapshot, rules: rules) { say("\($0)") }
        try check.run()
        return check.tally
    }

    private static func faultOfRecipe(_ bytes: [UInt8]) -> String? {
        do {
            _ = try AcceptedRun(bytes)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private static func faultOfImage(_ bytes: [UInt8], _ format: ImageTraits.Format) -> String? {
        do throws(ImageError) {
            let image = try PNGDecoder.decode(bytes, limits: .made).image
            if (image.width, image.height, image.bitDepth) == (format.width, format.height, format.bitDepth) {
                return nil
            }
            return """
                one of \(image.width) x \(image.height), \(image.bitDepth) bits, where its row says \(format.width) x \
                \(format.height), \(format.bitDepth) bits
                """
        } catch {
            return "\(error)"
        }
    }

    fileprivate static func open(_ url: String, _ configuration: Configuration) throws -> PostgresJobStore {
        try PostgresJobStore(url: url, configuration: settings(configuration))
    }

    private static func settings(_ configuration: Configuration) throws -> PostgresJobStore.Configuration {
        var settings = PostgresJobStore.Configuration()
        settings.blobs = try configuration.blobs()
        settings.mayForget = configuration.durability == .mayForget
        return settings
    }

    /// Says that a store is not whole.
    public struct Faults: Error, CustomStringConvertible {
        let count: Int64
        public var description: String { "\(count) faults were found" }
    }

    /// Says who does what this program leaves to others.
    struct NotHere: Error, CustomStringConvertible {
        let description: String
    }
}

extension StoreTally {
    var description: String {
        let recipes = jobsWithoutRecipe > 0 ? " (\(jobsWithoutRecipe) from before recipes were kept)" : ""
        return """
            \(jobs) jobs\(recipes), \(images) images of \(imageBytes) bytes, \(inputs) inputs and \(auditEntries) \
            entries of the audit log were looked at: \(faults == 0 ? "no fault" : "\(faults) faults")
            """
    }
}
