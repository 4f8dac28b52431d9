import SwiftCSV

/// A table of a data set: one header row, then rows of as many fields (RFC 4180), read by SwiftCSV.
struct CSVTable {
    let path: String
    let header: [String]
    let rows: [[String]]

    static let mostBytes = 256 << 20

    /// - Throws: `DatasetError` for text that is not UTF-8, a quote that is not closed, a row of another number of
    ///   fields, or a table without rows.
    ///
    /// - Parameter least: fields that a row must have where the header does not tell them apart; nil asks for as many
    ///   as the header has.
    init(path: String, least: Int? = nil) throws(DatasetError) {
        try self.init(path: path, bytes: try DatasetFiles.bytes(path, limit: Self.mostBytes), least: least)
    }

    init(path: String, bytes: [UInt8], least: Int? = nil) throws(DatasetError) {
        self.path = path
        var content = bytes[...]
        if content.starts(with: [0xEF, 0xBB, 0xBF]) { content = content.dropFirst(3) }
        guard let decoded = String(validating: content, as: UTF8.self) else {
            throw DatasetError(path: path, expected: "a table in UTF-8", got: "other bytes")
        }
        let quotes = content.count { $0 == UInt8(ascii: "\"") }
        guard quotes.isMultiple(of: 2) else {
            throw DatasetError(
                path: path, expected: "quotes that are closed", got: "\(quotes) of them: the table is cut off")
        }
        // The reader leaves out an empty last field that no line ends.
        let text = decoded.hasSuffix("\n") ? decoded : decoded + "\n"
        let table = try Self.read(path) {
            try EnumeratedCSV(string: text, delimiter: .comma, loadColumns: false, rowLimit: 0)
        }
        header = table.header.map { String($0.drop(while: \.isWhitespace)) }
        rows = try Self.rows(of: table, path: path, fields: least ?? header.count, mayBeMore: least != nil)
        guard !rows.isEmpty else {
            throw DatasetError(path: path, expected: "rows below the header", got: "none")
        }
    }

    /// Rows of another number of fields than the header are refused: which field is which would be guessed.
    private static func rows(of table: EnumeratedCSV, path: String, fields: Int, mayBeMore: Bool) throws(DatasetError)
        -> [[String]]
    {
        final class Collected {
            var rows: [[String]] = []
            var line = 1
            var odd: (line: Int, fields: Int)?
        }
        let collected = Collected()
        try read(path) {
            try table.enumerateAsArray(startAt: 1, rowLimit: nil) { row in
                collected.line += 1
                if row == [""] { return }
                let fits = row.count == fields || mayBeMore && row.count > fields
                if !fits, collected.odd == nil { collected.odd = (collected.line, row.count) }
                collected.rows.append(row)
            }
        }
        if let odd = collected.odd {
            throw DatasetError(
                path: path, item: "row \(odd.line)",
                expected: "\(fields) fields\(mayBeMore ? " at least" : ", as the header has")",
                got: "\(odd.fields)"
            )
        }
        return collected.rows
    }

    private static func read<Result>(_ path: String, _ body: () throws -> Result) throws(DatasetError) -> Result {
        do { return try body() } catch CSVParseError.quotation(let message) {
            throw DatasetError(path: path, expected: "fields quoted as RFC 4180 has it", got: message)
        } catch { throw DatasetError(path: path, expected: "a table as RFC 4180 has it", got: "\(error)") }
    }

    /// The place of a column.
    /// - Throws: `DatasetError` naming the columns there are.
    func column(_ name: String) throws(DatasetError) -> Int {
        guard let place = header.firstIndex(of: name) else {
            throw DatasetError(
                path: path, item: "column \(name)", expected: "one of " + header.joined(separator: ", "),
                got: "no such column")
        }
        return place
    }
}
