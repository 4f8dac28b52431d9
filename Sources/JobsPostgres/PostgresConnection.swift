// libpq is called here and in the extensions of this class, nowhere else.
import CPostgres
import Glibc

/// One connection to PostgreSQL, used by one thread at a time: whoever has it from the pool.
///
/// Statements are prepared once and run by name, with parameters and results in binary. Those that nobody has to have
/// the answer of at once (`later`) go with the next one, in one flight: sent together, answered together.
@safe final class PostgresConnection: @unchecked Sendable {
    let connection: OpaquePointer
    var prepared: [String: String] = [:]
    /// To be sent before the next statement.
    var waiting: [SQLPromise] = []
    /// Whether a flight ended in the middle: nothing can be said to the server any more.
    var isBroken = false
    /// Statements that stay prepared on a connection; beyond it all are forgotten.
    static let mostPrepared = 500

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
    var isLost: Bool { unsafe (PQstatus(connection) != CONNECTION_OK) }
    /// Whether a transaction is open, or one that has failed.
    var isInTransaction: Bool { unsafe PQtransactionStatus(connection) != PQTRANS_IDLE }

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

    /// Runs statements without parameters, one after the other, all or none.
    /// - Throws: `PostgresError`.
    func runScript(_ sql: String) throws(PostgresError) {
        try flush()
        _ = try unsafe answer(PQexec(connection, sql))
    }

    func name(of sql: String, _ parameters: [SQLValue]) throws(PostgresError) -> String {
        if let name = prepared[sql] { return name }
        if prepared.count >= Self.mostPrepared { try forgetPrepared() }
        let name = "s\(prepared.count)"
        let types = parameters.map { Oid($0.type) }
        _ = try unsafe answer(PQprepare(connection, name, sql, CInt(types.count), types))
        prepared[sql] = name
        return name
    }

    func forgetPrepared() throws(PostgresError) {
        _ = try unsafe answer(PQexec(connection, "DEALLOCATE ALL"))
        prepared = [:]
    }
}
