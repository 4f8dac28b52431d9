import Bytes

/// What a store holds, in one number: SHA-256 over all rows of all its tables in the order of their keys. Two stores
/// with the same digest have the same jobs, images and everything else, whatever engines keep them.
package struct StoreDigest: Hashable, Sendable {
    package struct Table: Hashable, Sendable {
        package let name: String
        package let rows: Int64
        package let digest: Digest
    }

    package let tables: [Table]

    /// Goes through all rows.
    package init(of snapshot: any StoreSnapshot) throws {
        tables = try StoreTable.all.map { table in
            var rows = StoreRows(snapshot, table), count: Int64 = 0, digest = Digest.Accumulator()
            while let row = try rows.next() {
                digest.append(row.encoded)
                count += 1
            }
            return Table(name: table.name, rows: count, digest: digest.digest)
        }
    }

    /// SHA-256 of a line for each table: its name, how many rows it has, their digest.
    package var total: Digest { Digest(of: tables.map { "\($0.name) \($0.rows) \($0.digest)\n" }.joined()) }
}

extension StoreRow {
    /// Each value as a letter for its kind and a netstring (`LENGTH:CONTENT,`).
    fileprivate var encoded: [UInt8] {
        var all: [UInt8] = []
        all.reserveCapacity(byteCount)
        for value in values {
            let (kind, content): (String, [UInt8]) =
                switch value {
                case .null: ("n", [])
                case .integer(let number): ("i", Array(String(number).utf8))
                case .text(let text): ("t", Array(text.utf8))
                case .bytes(let bytes): ("b", bytes)
                }
            all += Array("\(kind)\(content.count):".utf8)
            all += content
            all.append(UInt8(ascii: ","))
        }
        return all
    }
}
