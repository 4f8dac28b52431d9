import CPostgres
import Glibc

// Parameters as libpq takes them, and what it answers with.
extension PostgresConnection {
    /// Calls `body` with parameters as libpq takes them: their number, addresses, lengths and forms.
    static func withEncoded<Value>(
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

    func answer(_ result: OpaquePointer?) throws(PostgresError) -> SQLAnswer {
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

    static func text(_ text: UnsafePointer<CChar>?) -> String? {
        unsafe text.map { unsafe String(cString: $0) }
    }

    static func text(_ text: UnsafeMutablePointer<CChar>?) -> String? {
        unsafe text.map { unsafe String(cString: $0) }
    }

    static func rows(_ result: OpaquePointer?) throws(PostgresError) -> [SQLRow] {
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

    static func message(of connection: OpaquePointer?) -> String {
        unsafe text(PQerrorMessage(connection)).map(trimmed) ?? "no connection"
    }

    static func trimmed(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map { $0.trimmingPrefix { $0.isWhitespace } }.joined(separator: "; ")
    }

    /// libpq tells the state of a refused connection in words only.
    static func state(ofRefusal message: String) -> String? {
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
