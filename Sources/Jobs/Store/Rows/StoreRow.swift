/// A value of a row, whatever engine keeps it. Truth is 0 or 1.
package enum StoreValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case bytes([UInt8])
}

/// A row of a table; its values in the order of the table's columns.
package struct StoreRow: Hashable, Sendable {
    package let table: StoreTable
    package let values: [StoreValue]

    package init(_ table: StoreTable, _ values: [StoreValue]) { (self.table, self.values) = (table, values) }

    package subscript(_ column: String) -> StoreValue { table.place(of: column).map { values[$0] } ?? .null }

    /// The values by which it is found.
    package var key: [StoreValue] { table.key.map { self[$0] } }

    package func integer(_ column: String) -> Int64? {
        if case .integer(let number) = self[column] { return number }
        return nil
    }

    /// Empty for what is no text.
    package func text(_ column: String) -> String {
        if case .text(let text) = self[column] { return text }
        return ""
    }

    package func bytes(_ column: String) -> [UInt8]? {
        if case .bytes(let bytes) = self[column] { return bytes }
        return nil
    }

    package func isNull(_ column: String) -> Bool { self[column] == .null }

    /// About what it takes in memory.
    package var byteCount: Int {
        values.reduce(64) { sum, value in
            switch value {
            case .null, .integer: sum + 16
            case .text(let text): sum + 16 + text.utf8.count
            case .bytes(let bytes): sum + 16 + bytes.count
            }
        }
    }

    /// The table and the key, for people.
    package var name: String {
        let parts = zip(table.key, key).map { name, value in
            switch value {
            case .integer(let number): "\(name) \(number)"
            case .text(let text): "\(name) \(text)"
            case .null, .bytes: "\(name) of no kind"
            }
        }
        return "\(table.name), \(parts.joined(separator: ", "))"
    }
}

/// One state of a store, to be looked through row by row.
package protocol StoreSnapshot {
    /// Rows in the order of their keys: about `bytes` bytes of them, one at least, `mostRowsOfPortion` at most; none
    /// where there are no more.
    /// - Parameter key: of the row before the first; nil: from the beginning.
    func rows(of table: StoreTable, after key: [StoreValue]?, bytes: Int) throws -> [StoreRow]
}

extension StoreSnapshot {
    /// Rows that are read or written at once.
    package static var mostRowsOfPortion: Int { 1_000 }
    /// Bytes that are read or written at once, but for single rows that are larger.
    package static var bytesOfPortion: Int { 8 << 20 }
}

/// Goes through the rows of a table, of which it holds a portion at a time.
package struct StoreRows {
    private let snapshot: any StoreSnapshot
    private let table: StoreTable
    private var portion: ArraySlice<StoreRow> = []
    private var last: [StoreValue]?
    private var isOver = false

    package init(_ snapshot: any StoreSnapshot, _ table: StoreTable, after key: [StoreValue]? = nil) {
        (self.snapshot, self.table, last) = (snapshot, table, key)
    }

    /// The next row; nil after the last.
    package mutating func next() throws -> StoreRow? {
        if let row = try peek() {
            portion = portion.dropFirst()
            return row
        }
        return nil
    }

    /// The row that `next` gives.
    package mutating func peek() throws -> StoreRow? {
        if portion.isEmpty, !isOver {
            portion = try snapshot.rows(of: table, after: last, bytes: snapshot.bytesOfPortion)[...]
            (isOver, last) = (portion.isEmpty, portion.last?.key ?? last)
        }
        return portion.first
    }

    /// The rows that belong to a job, where `job` comes first in the order and jobs are asked for in theirs.
    /// - Parameter stray: given the rows before them, whose jobs are not asked for.
    package mutating func rows(
        ofJob ordinal: Int64, stray: (StoreRow) -> Void, _ body: (StoreRow) throws -> Void
    ) throws {
        while let row = try peek(), let job = row.integer("job"), job <= ordinal {
            _ = try next()
            if job < ordinal { stray(row) } else { try body(row) }
        }
    }
}

extension StoreSnapshot {
    fileprivate var bytesOfPortion: Int { Self.bytesOfPortion }
}
