/// Pictures in files, and what is said of each.
struct PictureRows {
    /// Paths from the folder of the set.
    var files: [String] = []
    var groups: [String] = []
    var parts: [DatasetPart?] = []
    var labels = LabelTable.none
    var notes: [String] = []

    /// - Throws: `DatasetError` for rows without files, unless such are skipped.
    mutating func check(missing: [String], table: CSVTable, _ settings: DatasetSettings) throws(DatasetError) {
        guard let first = missing.first else { return }
        guard settings.onError == .skip, !files.isEmpty else {
            throw DatasetError(
                path: table.path, item: "\(missing.count) rows", expected: "the files they name",
                got: "no \(settings.path)/\(first)",
                remedy: files.isEmpty ? "check file_column" : "\"on_error\": \"skip\" leaves such rows out")
        }
        notes.append("\(missing.count) rows without files were left out, the first \(first)")
    }

    /// - Throws: `DatasetError` for files without rows, unless such are skipped.
    mutating func check(unlisted: [String], table: CSVTable, _ settings: DatasetSettings) throws(DatasetError) {
        guard let first = unlisted.first else { return }
        guard settings.onError == .skip else {
            throw DatasetError(
                path: table.path, item: "\(unlisted.count) files", expected: "a row for each", got: "none for \(first)",
                remedy: "\"on_error\": \"skip\" leaves such files out")
        }
        notes.append("\(unlisted.count) files without rows were left out, the first \(first)")
    }
}
