/// Which columns of a folder's table say what.
struct TableColumns {
    let table: CSVTable
    let file: Int
    let group: Int?
    let split: Int?
    let notes: [String]

    /// - Throws: `DatasetError` for a column that is named and not there, or no column of files.
    init(_ table: CSVTable, _ settings: DatasetSettings) throws(DatasetError) {
        self.table = table
        var notes: [String] = []
        func known(_ names: [String]) -> Int? { names.lazy.compactMap { table.header.firstIndex(of: $0) }.first }
        if let name = settings.fileColumn {
            file = try table.column(name)
        } else if let place = known(PictureRows.fileColumns) {
            file = place
        } else {
            throw DatasetError(
                path: table.path, expected: "a column of files (\(PictureRows.fileColumns.joined(separator: ", ")))",
                got: table.header.joined(separator: ", "), remedy: "name it as file_column")
        }
        if let name = settings.groupColumn {
            group = try table.column(name)
        } else {
            group = settings.groupPattern == nil ? known(PictureRows.groupColumns) : nil
        }
        if let name = settings.splitColumn {
            split = try table.column(name)
        } else {
            split = settings.usesSplit ? known(["split"]) : nil
        }
        notes.append("files are named by the column \(table.header[file])")
        notes.append(
            group.map { "groups are those of the column \(table.header[$0])" }
                ?? settings.groupPattern.map { "groups are told by the pattern \($0)" }
                ?? "each image is a group of its own: no column tells groups")
        if let split {
            notes.append("the split is that of the column \(table.header[split]), where it marks a validation part")
        }
        self.notes = notes
    }

    /// The part that the row's image belongs to.
    /// - Throws: `DatasetError` for a word that is not known.
    func part(_ row: [String], path: String, number: Int) throws(DatasetError) -> DatasetPart? {
        guard let split, !row[split].isEmpty else { return nil }
        guard let part = DatasetPart(word: row[split]) else {
            throw DatasetError(
                path: path, item: "row \(number), column \(table.header[split])", expected: "train, dev, val or test",
                got: row[split], remedy: "\"own_split\": false passes the column over")
        }
        return part
    }
}
