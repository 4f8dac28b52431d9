// The only file of this target that calls libpq.
import CPostgres
import Glibc

/// One connection to PostgreSQL, used by one thread at a time: whoever has it from the pool.
///
/// Statements are prepared once and run by name, with parameters and results in binary.
@safe final class PostgresConnection: @unchecked Sendable {
    private let connection: OpaquePointer
    private var prepared: [String: String] = [:]
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

    var isUsable: Bool { unsafe (PQstatus(connection) == CONNECTION_OK) }
    /// Whether a transaction is open, or one that has failed.
    var isInTransaction: Bool { unsafe PQtransactionStatus(connection) != PQTRANS_IDLE }

    // MARK: Statements

    /// Runs one statement.
    /// - Throws: `PostgresError`.
    @discardableResult
    func run(_ sql: String, _ parameters: [SQLValue] = []) throws(PostgresError) -> SQLAnswer {
        let name = try name(of: sql, parameters)
        let texts = parameters.map(\.encoded)
        let lengths = texts.map { CInt(clamping: $0?.count ?? 0) }
        let formats = texts.map { _ in CInt(1) }
        // An empty value is not null: it needs an address, too.
        var bytes: [UInt8] = []
        for text in texts { bytes += (text ?? []) + [0] }
        var offsets: [Int?] = [], next = 0
        for text in texts {
            offsets.append(text == nil ? nil : next)
            next += (text?.count ?? 0) + 1
        }
        let result = unsafe bytes.withUnsafeBytes { bytes in
            let base = unsafe bytes.bindMemory(to: CChar.self).baseAddress
            var values: [UnsafePointer<CChar>?] = unsafe []
            for offset in offsets {
                guard let offset, let base = unsafe base else {
                    unsafe values.append(nil)
                    continue
                }
                unsafe values.append(base + offset)
            }
            return unsafe PQexecPrepared(
                connection, name, CInt(parameters.count), values, lengths, formats, 1)
        }
        return try unsafe answer(result)
    }

    /// Runs statements without parameters, one after the other, all or none.
    /// - Throws: `PostgresError`.
    func runScript(_ sql: String) throws(PostgresError) {
        _ = try unsafe answer(PQexec(connection, sql))
    }

    private func name(of sql: String, _ parameters: [SQLValue]) throws(PostgresError) -> String {
        if let name = prepared[sql] { return name }
        if prepared.count >= Self.mostPrepared {
            try runScript("DEALLOCATE ALL")
            prepared = [:]
        }
        let name = "s\(prepared.count)"
        let types = parameters.map { Oid($0.type) }
        _ = try unsafe answer(PQprepare(connection, name, sql, CInt(types.count), types))
        prepared[sql] = name
        return name
    }

    private func answer(_ result: OpaquePointer?) throws(PostgresError) -> SQLAnswer {
        defer { unsafe PQclear(result) }
        switch unsafe PQresultStatus(result) {
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
                state: state, message: unsafe primary ?? Self.message(of: connection), isConnectionLost: !isUsable)
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
