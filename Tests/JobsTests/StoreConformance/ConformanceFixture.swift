import Jobs
import JobsFakeEngine
import JobsPostgres
import JobsSQLite
import Locking
import TestSupport
import Testing

/// The stores that are held to what `JobStore` promises.
enum StoreKind: String, CaseIterable, Sendable {
    case file, memory
    /// The one without a database.
    case values
    case postgres

    /// Those that there are on this machine.
    static let allCases: [StoreKind] =
        [.file, .memory, .values] + (PostgresServer.whyNot == nil ? [.postgres] : [])
    /// Those whose contents outlive the process.
    static let lasting = allCases.filter { $0 != .memory }
    /// Those that somebody else can write into.
    static let withTables = allCases.filter { $0 != .values }
    static let lastingTables = withTables.filter { $0 != .memory }
}

/// What a store has told of damaged rows.
private final class DamageNotes: Sendable {
    private let noted = Lock<[DamagedRow]>([])
    var rows: [DamagedRow] { noted.withLock { $0 } }
    func note(_ row: DamagedRow) { noted.withLock { $0.append(row) } }
}

/// One store of a kind, with a clock that moves when it is told to.
final class ConformanceFixture: FilledStore {
    let clock = TestClock()
    private let kind: StoreKind
    private let folder: TemporaryFolder
    private let contents = MemoryJobStore.Contents()
    private let schema = PostgresServer.newSchema()
    private var opened: (any JobStore)?
    private let report = DamageNotes()

    init(_ kind: StoreKind) throws {
        self.kind = kind
        folder = try TemporaryFolder()
        opened = try open()
    }

    /// Stores of so many processes, this one's first; where only one can have the queue, that one alone.
    func processes(_ count: Int) throws -> [any JobStore] {
        [store] + (kind == .postgres ? try (1..<count).map { _ in try open() } : [])
    }

    private func open() throws -> any JobStore {
        var configuration = SQLiteJobStore.Configuration()
        // The folder lives as long as the store.
        configuration.clock = { [clock, folder] in withExtendedLifetime(folder) { clock.now } }
        configuration.onDamage = { [report] in report.note($0) }
        return switch kind {
        case .file: try SQLiteJobStore(path: folder.storePath, configuration: configuration)
        case .memory: try SQLiteJobStore(inMemory: configuration)
        case .values: MemoryJobStore(contents, clock: configuration.clock)
        case .postgres:
            try PostgresServer.shared().store(schema: schema) { settings in
                settings.clock = { [clock] in clock.now }
                settings.onDamage = { [report] in report.note($0) }
                settings.leaseDuration = JobRules.leaseDuration
            }
        }
    }

    var store: any JobStore { opened! }  // Open but for an instant in `restart`.
    var jobs: any JobStore { store }

    /// Runs a statement behind the store's back; nil where there are no statements.
    func inspect(_ sql: String) throws -> String? {
        switch opened {
        case let store as SQLiteJobStore: try store.inspect(sql)
        case let store as PostgresJobStore: try store.inspect(sql)
        default: nil
        }
    }

    /// The damaged rows that the store has told of.
    var damaged: [DamagedRow] { report.rows }

    /// Lets anything be written into a column of `jobs`.
    func forgetCheck(of column: String) throws {
        let isSQLite = opened is SQLiteJobStore
        _ = try inspect(
            isSQLite
                ? "PRAGMA ignore_check_constraints = 1" : "ALTER TABLE jobs DROP CONSTRAINT IF EXISTS jobs_\(column)_check")
    }

    var hasTables: Bool { opened is SQLiteJobStore || opened is PostgresJobStore }

    /// Takes entries of the audit log away, as `phantom audit archive` does beside the service.
    func shortenAudit(through anchor: AuditAnchor) throws {
        if let store = opened as? PostgresJobStore { return try store.shortenAudit(through: anchor, at: clock.now) }
        try SQLiteAuditLog(path: folder.storePath).shorten(through: anchor, at: clock.now)
    }

    /// The process is gone, without a goodbye, and another has opened the store, after all leases have ended.
    func restart() throws {
        opened = nil
        clock.advance(milliseconds: 61_000)
        opened = try open()
    }

    /// Looks up behind the store's back how many rows a table has, if there are tables.
    func expectRows(_ table: String, _ count: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
        guard hasTables else { return }
        #expect(
            try inspect("SELECT count(*) FROM \(table)") == String(count), "\(table)",
            sourceLocation: sourceLocation)
    }
}
