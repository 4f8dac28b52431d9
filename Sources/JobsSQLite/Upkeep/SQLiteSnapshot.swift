import GRDB
import Jobs

import struct Foundation.Data

/// One state of a store in SQLite, within a transaction.
struct SQLiteSnapshot: StoreSnapshot {
    let db: Database

    func rows(of table: StoreTable, after key: [StoreValue]?, bytes: Int) throws -> [StoreRow] {
        if table == .counters { return key == nil ? try counters() : [] }
        let names = table.columns.map(\.name).joined(separator: ", "), order = table.key.joined(separator: ", ")
        let condition = key.map { "WHERE (\(order)) > (\(databaseQuestionMarks(count: $0.count)))" } ?? ""
        let cursor = try db.cursor(
            "SELECT \(names) FROM \(table.name) \(condition) ORDER BY \(order) LIMIT \(Self.mostRowsOfPortion)",
            StatementArguments((key ?? []).map(\.databaseValue)))
        var rows: [StoreRow] = [], size = 0
        while size < bytes, let row = try cursor.next() {
            let values = table.columns.enumerated().map { StoreValue(row[$0.offset], $0.element.kind) }
            rows.append(StoreRow(table, values))
            size += rows.last?.byteCount ?? 0
        }
        return rows
    }

    private func counters() throws -> [StoreRow] {
        try StoreTable.counted.map { table in
            let last: Int64? = try db.value("SELECT seq FROM sqlite_sequence WHERE name = ?", [table.name])
            let values = ["name": StoreValue.text(table.name), "value": .integer(last ?? 0)]
            return StoreRow(.counters, StoreTable.counters.columns.map { values[$0.name] ?? .null })
        }
    }
}

extension StoreValue {
    /// - Parameter kind: of the column. What of another kind stands in it stays what it is.
    init(_ value: DatabaseValue, _ kind: StoreTable.Kind) {
        switch value.storage {
        case .null: self = .null
        case .int64(let number): self = .integer(kind == .boolean ? (number == 0 ? 0 : 1) : number)
        case .double(let number): self = .text("\(number)")
        case .string(let text): self = .text(text)
        case .blob(let data): self = .bytes(Array(data))
        }
    }

    var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .bytes(let bytes): Data(bytes).databaseValue
        }
    }
}
