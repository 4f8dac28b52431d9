import Jobs
import JobsSQLite
import Locking
import Logging
import Testing

@testable import Service

/// What the log says of a store that does not work: once that it does not and why, once that it does again.
@Suite struct StoreWatchTests {
    private let store: FailingStore
    private let board: JobBoard
    private let status = ServiceStatus()
    private let watch: StoreWatch
    private let written = Written()

    private final class Written: Sendable { let bytes = Lock<[UInt8]>([]) }

    init() throws {
        store = FailingStore(try SQLiteJobStore(inMemory: .init()))
        board = try JobBoard(store: store)
        let handler = ServiceLogHandler(
            label: "t", format: .text, level: .notice,
            write: { [written] bytes in written.bytes.withLock { $0 += bytes } }, now: { "now" })
        watch = StoreWatch(
            board: board, status: status, lanes: Lanes(), logger: Logger(label: "t") { _ in handler },
            metrics: ServiceMetrics())
    }

    private var lines: [Substring] {
        written.bytes.withLock { String(decoding: $0, as: UTF8.self) }.split(separator: "\n")
    }

    @Test func aStoreThatCannotBeWrittenIsToldOnce() throws {
        for _ in 0..<2 {
            store.fail(.storeUnavailable("the cable"), in: .check)
            for _ in 0..<3 { watch.probe() }
            store.fail(nil, in: .check)
            for _ in 0..<3 { watch.probe() }
        }
        #expect(lines.count == 4 && lines[0] == lines[2] && lines[1] == lines[3], "\(lines)")
        #expect(lines.first?.contains("ERROR t: the store does not work error=") == true, "\(lines)")
        #expect(lines.first?.contains("the cable") == true && lines.last?.contains("NOTICE t: the store works") == true)
    }

    /// A request mostly meets it before the next look: the log says it all the same, and why.
    @Test(arguments: [true, false]) func whatARequestHasMetIsToldAsWell(_ lasts: Bool) throws {
        status.note(storeTrouble: .storeReplaced(path: "p", reason: "another file"))
        if lasts { store.fail(.storeReplaced(path: "p", reason: "another file"), in: .check) }
        watch.probe()
        store.fail(nil, in: .check)
        watch.probe()
        #expect(lines.count == 2 && lines.first?.contains("ERROR") == true, "\(lines)")
        #expect(lines.first?.contains("another file") == true && lines.last?.contains("NOTICE") == true, "\(lines)")
        #expect(status.storeTrouble == nil)
    }

    @Test func nothingIsToldOfAStoreThatWorks() throws {
        for _ in 0..<3 { watch.probe() }
        #expect(lines.isEmpty)
    }
}
