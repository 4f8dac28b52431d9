import Blobs
import Jobs

/// One state of a store in PostgreSQL, within a transaction.
struct PostgresSnapshot: StoreSnapshot {
    let connection: PostgresConnection
    /// Where contents are that lie outside of the database.
    var blobs: (any BlobStore)?

    func rows(of table: StoreTable, after key: [StoreValue]?, bytes: Int) throws -> [StoreRow] {
        if table == .counters { return key == nil ? try counters() : [] }
        let limit = try portion(of: table, after: key, bytes: bytes)
        guard limit > 0 else { return [] }
        var names = table.columns.map(\.name)
        let mayBeOutside = table == .images || table == .inputs
        if mayBeOutside { names += ["blob", "byte_count"].filter { !names.contains($0) } }
        return try select(names.joined(separator: ", "), table, after: key, limit: limit).map { row in
            var values = table.columns.map { StoreValue(row[$0.name]) }
            if mayBeOutside, !row.isNull("blob"), let place = table.place(of: "content") {
                values[place] = content(ContentPlace(row))
            }
            return StoreRow(table, values)
        }
    }

    /// What lies outside of the database as if it were in the row; where it cannot be read, why not.
    private func content(_ place: ContentPlace) -> StoreValue {
        do throws(BlobError) {
            return .bytes(try place.content(in: blobs))
        } catch {
            return .text("\(error)")
        }
    }

    /// How many of the next rows are about so many bytes: their values are looked at only then, since the answer to a
    /// statement is in memory as a whole.
    private func portion(of table: StoreTable, after key: [StoreValue]?, bytes: Int) throws -> Int {
        guard !table.bytes.isEmpty else { return Self.mostRowsOfPortion }
        let outside = table == .images || table == .inputs ? "byte_count, " : ""
        let sum = table.bytes.map { column in
            "coalesce(octet_length(\(column.name)), \(column.name == "content" ? outside : "")0)::bigint"
        }.joined(separator: " + ")
        let sizes = try select("\(sum) AS size", table, after: key, limit: Self.mostRowsOfPortion)
        var count = 0, size: Int64 = 0
        while count < sizes.count, size < bytes {
            size += sizes[count].count("size") + 1_000
            count += 1
        }
        return count
    }

    private func select(
        _ names: String, _ table: StoreTable, after key: [StoreValue]?, limit: Int
    ) throws(PostgresError) -> [SQLRow] {
        let order = table.key.joined(separator: ", ")
        let places = (1...table.key.count).map { "$\($0)" }.joined(separator: ", ")
        let condition = key == nil ? "" : "WHERE (\(order)) > (\(places))"
        return try connection.run(
            "SELECT \(names) FROM \(table.name) \(condition) ORDER BY \(order) LIMIT \(limit)",
            (key ?? []).map { $0.parameter(.integer) }
        ).rows
    }

    private func counters() throws -> [StoreRow] {
        try StoreTable.counted.map { table in
            let sql =
                table == .occurrences
                ? "SELECT latest AS last FROM occurrence_head"
                : "SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS last FROM \(Self.sequence(of: table))"
            let last = try connection.run(sql).rows.first?.integer("last")
            let values = ["name": StoreValue.text(table.name), "value": .integer(last ?? 0)]
            return StoreRow(.counters, StoreTable.counters.columns.map { values[$0.name] ?? .null })
        }
    }

    /// The name that PostgreSQL gives the sequence of an identity column.
    static func sequence(of table: StoreTable) -> String { "\(table.name)_ordinal_seq" }
}

extension StoreValue {
    init(_ value: SQLValue) {
        switch value {
        case .integer(let number): self = .integer(number)
        case .boolean(let isTrue): self = .integer(isTrue ? 1 : 0)
        case .text(let text): self = .text(text)
        case .bytes(let bytes): self = .bytes(bytes)
        case .real(let number): self = .text("\(number)")
        case .null, .integers, .texts, .byteStrings: self = .null
        }
    }

    /// - Parameter kind: of the column.
    func parameter(_ kind: StoreTable.Kind) -> SQLValue {
        switch self {
        case .null: .null
        case .integer(let number): kind == .boolean ? .boolean(number != 0) : .integer(number)
        case .text(let text): .text(text)
        case .bytes(let bytes): .bytes(bytes)
        }
    }
}
