// The only file of this target that calls libpq.
import CPostgres
import Glibc

/// One connection to PostgreSQL, used by one thread at a time: whoever has it from the pool.
///
/// Statements are prepared once and run by name, with parameters and results in binary. Those that nobody has to have
/// the answer of at once (`later`) go with the next one, in one flight: sent together, answered together.
@safe final class PostgresConnection: @unchecked Sendable {
    private let connection: OpaquePointer
    private var prepared: [String: String] = [:]
    /// To be sent before the next statement.
    private var waiting: [SQLPromise] = []
    /// Whether a flight ended in the middle: nothing can be said to the server any more.
    private var isBroken = false
    /// Statements that stay prepared on a connection; beyond it all are forgotten.
    private static let mostPrepared = 500

    /// - Parameters:
    ///   - url: as libpq reads it (PostgreSQL's manual, "Connection Strings"); what it says goes before `defaults`.
    /// - Throws: `PostgresError` when there is no connection.
    init(url: String, defaults: [(name: String, value: String)]) throws(PostgresError) {
        let names = defaults.map(\.name) + ["dbname"], values = defaults.map(\.value) + [url]
        let nameTexts = unsafe names.map { unsafe strdup($0) } + [nil]
        let valueTexts = unsafe values.map { unsafe strdup($0) } + [nil]
        defer { unsafe (nameTexts + valueTexts).forEach { unsafe free($0) } }
        let connection = unsafe nameTexts.map { unsafe UnsafePointer($0) }.withUnsafeBufferPointer { names in
            unsafe valueTexts.map { unsafe UnsafePointer($0) }.withUnsafeBufferPointer { values in
                unsafe PQconnectdbParams(names.baseAddress, values.baseAddress, 1)
            }
        }
        guard let connection = unsafe connection else {
            throw PostgresError(state: nil, message: "no memory for a connection", isConnectionLost: true)
        }
        guard unsafe (PQstatus(connection) == CONNECTION_OK) else {
            let message = unsafe Self.message(of: connection)
            unsafe PQfinish(connection)
            throw PostgresError(state: Self.state(ofRefusal: message), message: message, isConnectionLost: true)
        }
        unsafe self.connection = connection
        unsafe PQsetNoticeProcessor(connection, { _, _ in }, nil)
    }

    deinit { unsafe PQfinish(connection) }

    /// Whether libpq reads the text as a place to connect to.
    /// - Returns: what is wrong with it; nil when nothing is.
    static func fault(ofURL url: String) -> String? {
        var message: UnsafeMutablePointer<CChar>?
        let options = unsafe PQconninfoParse(url, &message)
        defer {
            unsafe PQconninfoFree(options)
            unsafe PQfreemem(message)
        }
        if unsafe options != nil { return nil }
        return unsafe text(message).map(trimmed) ?? "it cannot be read"
    }

    /// Whether it may be used by somebody else now.
    var isUsable: Bool { !isBroken && waiting.isEmpty && !isLost }
    private var isLost: Bool { unsafe (PQstatus(connection) != CONNECTION_OK) }
    /// Whether a transaction is open, or one that has failed.
    var isInTransaction: Bool { unsafe PQtransactionStatus(connection) != PQTRANS_IDLE }

    // MARK: Statements

    /// Runs one statement, and before it those that wait.
    /// - Throws: `PostgresError`.
    @discardableResult
    func run(_ sql: String, _ parameters: [SQLValue] = []) throws(PostgresError) -> SQLAnswer {
        guard waiting.isEmpty else {
            let promise = later(sql, parameters)
            try flush()
            return promise.answer
        }
        let name = try name(of: sql, parameters)
        return try unsafe answer(
            Self.withEncoded(parameters) { count, values, lengths, formats in
                unsafe PQexecPrepared(connection, name, count, values, lengths, formats, 1)
            })
    }

    /// Has a statement run with the next one, before it.
    /// - Returns: what holds the answer then.
    @discardableResult
    func later(_ sql: String, _ parameters: [SQLValue] = []) -> SQLPromise {
        let promise = SQLPromise(sql, parameters)
        waiting.append(promise)
        return promise
    }

    /// Runs the statements that wait, in one flight (PostgreSQL's manual, "Pipeline Mode"). After one that does not
    /// succeed none is run.
    /// - Throws: `PostgresError` of the first that did not succeed.
    func flush() throws(PostgresError) {
        let flight = waiting
        waiting = []
        guard !flight.isEmpty else { return }
        if prepared.count + flight.count > Self.mostPrepared { try forgetPrepared() }
        // What is new is prepared first, in a round trip of its own.
        var names: [String] = []
        for promise in flight { names.append(try name(of: promise.sql, promise.parameters)) }
        guard unsafe PQenterPipelineMode(connection) == 1 else { throw brokenFlight() }
        // Unless all of it is read to its end.
        isBroken = true
        for (promise, name) in zip(flight, names) {
            let isSent = unsafe Self.withEncoded(promise.parameters) { count, values, lengths, formats in
                unsafe PQsendQueryPrepared(connection, name, count, values, lengths, formats, 1)
            }
            guard isSent == 1 else { throw brokenFlight() }
        }
        guard unsafe PQpipelineSync(connection) == 1 else { throw brokenFlight() }
        var failure: PostgresError?
        for promise in flight {
            do throws(PostgresError) {
                promise.answer = try unsafe answer(PQgetResult(connection))
            } catch {
                failure = failure ?? error
            }
            // The mark behind the results of a statement.
            unsafe PQclear(PQgetResult(connection))
        }
        let end = unsafe PQgetResult(connection)
        let isWhole = unsafe PQresultStatus(end) == PGRES_PIPELINE_SYNC
        unsafe PQclear(end)
        isBroken = unsafe !isWhole || PQexitPipelineMode(connection) != 1
        if var failure {
            // A refusal of which the end of the flight has been read is no more than that.
            failure.isConnectionLost = failure.isConnectionLost || isBroken || isLost
            throw failure
        }
        if isBroken { throw brokenFlight() }
    }

    /// A transaction: `body` and what waits after it, or nothing.
    func transaction<Value>(_ beginning: String, _ body: () throws -> Value) throws -> Value {
        do {
            later(beginning)
            let value = try body()
            later("COMMIT")
            try flush()
            return value
        } catch {
            waiting = []
            if isInTransaction { try? runScript("ROLLBACK") }
            throw error
        }
    }

    private func brokenFlight() -> PostgresError {
        isBroken = true
        return PostgresError(state: nil, message: unsafe Self.message(of: connection), isConnectionLost: true)
    }

    /// Calls `body` with parameters as libpq takes them: their number, addresses, lengths and forms.
    private static func withEncoded<Value>(
        _ parameters: [SQLValue],
        _ body: (CInt, [UnsafePointer<CChar>?], [CInt], [CInt]) -> Value
    ) -> Value {
        let texts = parameters.map(\.encoded)
        let lengths = texts.map { CInt(clamping: $0?.count ?? 0) }
        let formats = texts.map { _ in CInt(1) }
        // An empty value is not null: it needs an address, too.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(texts.reduce(0) { $0 + ($1?.count ?? 0) + 1 })
        var offsets: [Int?] = []
        for text in texts {
            offsets.append(text == nil ? nil : bytes.count)
            bytes += text ?? []
            bytes.append(0)
        }
        return unsafe bytes.withUnsafeBytes { bytes in
            let base = unsafe bytes.bindMemory(to: CChar.self).baseAddress
            var values: [UnsafePointer<CChar>?] = unsafe []
            for offset in offsets {
                guard let offset, let base = unsafe base else {
                    unsafe values.append(nil)
                    continue
                }
                unsafe values.append(base + offset)
            }
            return unsafe body(CInt(parameters.count), values, lengths, formats)
        }
    }

    /// Runs statements without parameters, one after the other, all or none.
    /// - Throws: `PostgresError`.
    func runScript(_ sql: String) throws(PostgresError) {
        try flush()
        _ = try unsafe answer(PQexec(connection, sql))
    }

    private func name(of sql: String, _ parameters: [SQLValue]) throws(PostgresError) -> String {
        if let name = prepared[sql] { return name }
        if prepared.count >= Self.mostPrepared { try forgetPrepared() }
        let name = "s\(prepared.count)"
        let types = parameters.map { Oid($0.type) }
        _ = try unsafe answer(PQprepare(connection, name, sql, CInt(types.count), types))
        prepared[sql] = name
        return name
    }

    private func forgetPrepared() throws(PostgresError) {
        _ = try unsafe answer(PQexec(connection, "DEALLOCATE ALL"))
        prepared = [:]
    }

    private func answer(_ result: OpaquePointer?) throws(PostgresError) -> SQLAnswer {
        defer { unsafe PQclear(result) }
        switch unsafe PQresultStatus(result) {
        case PGRES_PIPELINE_ABORTED:
            throw PostgresError(state: nil, message: "an earlier statement did not succeed", isConnectionLost: false)
        case PGRES_COMMAND_OK:
            let count = unsafe Self.text(PQcmdTuples(result)).flatMap { Int($0) } ?? 0
            return SQLAnswer(rows: [], changes: count)
        case PGRES_TUPLES_OK:
            let rows = try unsafe Self.rows(result)
            return SQLAnswer(rows: rows, changes: rows.count)
        default:
            let state = unsafe Self.text(PQresultErrorField(result, CInt(UInt8(ascii: "C"))))
            let primary = unsafe Self.text(PQresultErrorField(result, CInt(UInt8(ascii: "M"))))
            throw PostgresError(
                state: state, message: unsafe primary ?? Self.message(of: connection), isConnectionLost: isLost)
        }
    }

    private static func text(_ text: UnsafePointer<CChar>?) -> String? {
        unsafe text.map { unsafe String(cString: $0) }
    }

    private static func text(_ text: UnsafeMutablePointer<CChar>?) -> String? {
        unsafe text.map { unsafe String(cString: $0) }
    }

    private static func rows(_ result: OpaquePointer?) throws(PostgresError) -> [SQLRow] {
        let columns = unsafe 0..<PQnfields(result)
        var places: [String: Int] = [:]
        for column in columns {
            if let name = unsafe text(PQfname(result, column)) { places[name] = Int(column) }
        }
        let types = columns.map { unsafe UInt32(PQftype(result, $0)) }
        var rows: [SQLRow] = []
        for row in unsafe 0..<PQntuples(result) {
            var values: [SQLValue] = []
            for column in columns {
                guard unsafe PQgetisnull(result, row, column) == 0 else {
                    values.append(.null)
                    continue
                }
                let bytes = unsafe UnsafeRawBufferPointer(
                    start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
                values.append(try unsafe SQLValue(type: types[Int(column)], Array(bytes)))
            }
            rows.append(SQLRow(places: places, values: values))
        }
        return rows
    }

    // MARK: Notifications

    /// Waits until the server has sent something, `descriptor` can be read, or the time is over.
    /// - Returns: the texts that others have notified.
    /// - Throws: `PostgresError` when the connection is lost.
    func notifications(within milliseconds: Int32, orReadable descriptor: Int32) throws(PostgresError) -> [String] {
        var found = pendingNotifications()
        if found.isEmpty {
            var places = [
                pollfd(fd: unsafe PQsocket(connection), events: Int16(POLLIN), revents: 0),
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            ]
            _ = unsafe poll(&places, 2, milliseconds)
            guard unsafe PQconsumeInput(connection) == 1 else {
                throw PostgresError(state: nil, message: unsafe Self.message(of: connection), isConnectionLost: true)
            }
            found = pendingNotifications()
        }
        return found
    }

    private func pendingNotifications() -> [String] {
        var texts: [String] = []
        while let notification = unsafe PQnotifies(connection) {
            texts.append(unsafe Self.text(notification.pointee.extra) ?? "")
            unsafe PQfreemem(notification)
        }
        return texts
    }

    /// Runs a statement that may wait for a lock, and leaves it when it is not wanted any more.
    /// - Parameters:
    ///   - descriptor: can be read when it may be so.
    ///   - isToBeLeft: called then; whether it is so.
    /// - Returns: nil when the lock was not given.
    /// - Throws: `PostgresError`.
    func run(
        _ sql: String, _ parameters: [SQLValue], wakenBy descriptor: Int32, isToBeLeft: () -> Bool
    ) throws(PostgresError) -> SQLAnswer? {
        let name = try name(of: sql, parameters)
        let isSent = unsafe Self.withEncoded(parameters) { count, values, lengths, formats in
            unsafe PQsendQueryPrepared(connection, name, count, values, lengths, formats, 1)
        }
        guard isSent == 1 else { throw brokenFlight() }
        var isLeft = false
        while unsafe PQisBusy(connection) == 1 {
            var places = [
                pollfd(fd: unsafe PQsocket(connection), events: Int16(POLLIN), revents: 0),
                pollfd(fd: isLeft ? -1 : descriptor, events: Int16(POLLIN), revents: 0),
            ]
            _ = unsafe poll(&places, 2, -1)
            if !isLeft, places[1].revents != 0, isToBeLeft() {
                isLeft = true
                var text = [CChar](repeating: 0, count: 256)
                let handle = unsafe PQgetCancel(connection)
                _ = unsafe PQcancel(handle, &text, CInt(text.count))
                unsafe PQfreeCancel(handle)
            }
            guard unsafe PQconsumeInput(connection) == 1 else { throw brokenFlight() }
        }
        let result = unsafe PQgetResult(connection)
        unsafe PQclear(PQgetResult(connection))
        do throws(PostgresError) {
            return try unsafe answer(result)
        } catch {
            // The lock was not available in time, or is not wanted.
            guard ["55P03", "57014"].contains(error.state) else { throw error }
            return nil
        }
    }

    private static func message(of connection: OpaquePointer?) -> String {
        unsafe text(PQerrorMessage(connection)).map(trimmed) ?? "no connection"
    }

    private static func trimmed(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map { $0.trimmingPrefix { $0.isWhitespace } }.joined(separator: "; ")
    }

    /// libpq tells the state of a refused connection in words only.
    private static func state(ofRefusal message: String) -> String? {
        if message.contains("password authentication failed") || message.contains("no password supplied") {
            return "28P01"
        }
        if message.contains("database") && message.contains("does not exist") { return "3D000" }
        if message.contains("role") && message.contains("does not exist") { return "28000" }
        if message.contains("too many clients") || message.contains("connection slots") { return "53300" }
        if message.contains("starting up") || message.contains("shutting down") { return "57P03" }
        return nil
    }
}

/// What a statement gave.
struct SQLAnswer: Sendable {
    let rows: [SQLRow]
    /// Rows that were changed, or returned.
    let changes: Int
}

/// A statement that is run with others, and its answer.
final class SQLPromise {
    let sql: String
    let parameters: [SQLValue]
    /// Of no rows until the statement has been run.
    fileprivate(set) var answer = SQLAnswer(rows: [], changes: 0)

    fileprivate init(_ sql: String, _ parameters: [SQLValue]) { (self.sql, self.parameters) = (sql, parameters) }
}

/// A wake-up for a thread that waits in `notifications(within:orReadable:)`: a pipe.
struct WakeDescriptor: ~Copyable, Sendable {
    let number: Int32

    /// - Throws: `PostgresError` when the system gives no descriptor.
    init() throws(PostgresError) {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else {
            throw PostgresError(state: nil, message: "no descriptor for a pipe", isConnectionLost: false)
        }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (number, writing) = (ends[0], ends[1])
    }

    private let writing: Int32

    borrowing func wake() {
        var byte: UInt8 = 1
        _ = unsafe write(writing, &byte, 1)
    }

    /// Forgets the wakes until now.
    borrowing func clear() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while unsafe read(number, &bytes, bytes.count) > 0 {}
    }

    deinit {
        close(number)
        close(writing)
    }
}
