/// The images of a folder with what is said of each, from a table or from the folders' names.
struct FolderRows {
    var files: [String] = []
    var groups: [String] = []
    var parts: [DatasetPart?] = []
    var labels = LabelTable.none
    var notes: [String] = []

    /// Columns that are taken where the settings name none, the first that is there.
    static let fileColumns = ["filename", "file", "image", "path"]
    static let groupColumns = [
        "patient_id", "patient", "subject", "subject_id", "slide", "source_tile", "dup_group", "group",
    ]

    /// One row an image.
    init(table: CSVTable, pictures: [String], _ settings: DatasetSettings) throws(DatasetError) {
        let columns = try TableColumns(table, settings)
        let present = Set(pictures)
        let pattern = try settings.groupPattern.map { text throws(DatasetError) in
            try PathPattern(text, field: "group_pattern")
        }
        var builders = try AttributeReader.all(of: settings, columns: columns)
        var named: Set<String> = []
        var missing: [String] = []
        for (place, row) in table.rows.enumerated() {
            let file = row[columns.file]
            guard named.insert(file).inserted else {
                throw DatasetError(
                    path: table.path, item: "row \(place + 2)", expected: "each file once", got: "\(file) again")
            }
            guard present.contains(file) else {
                missing.append(file)
                continue
            }
            for reader in builders.indices { try builders[reader].append(row, file: file, number: place + 2) }
            files.append(file)
            let group = pattern.map { $0.word(in: file) ?? "" } ?? columns.group.map { row[$0] } ?? ""
            groups.append(group.isEmpty ? file : group)
            parts.append(try columns.part(row, path: table.path, number: place + 2))
        }
        labels = try LabelTable(builders.map(\.column))
        notes = columns.notes
        try check(missing: missing, table: table, settings)
        try check(unlisted: pictures.filter { !named.contains($0) }, table: table, settings)
    }

    /// One folder a class; above them there may be one folder a part (`train`, `val`, `test`).
    init(folders pictures: [String], _ settings: DatasetSettings) throws(DatasetError) {
        let ways = pictures.map { $0.split(separator: "/").dropLast().map(String.init) }
        let hasParts = ways.allSatisfy { $0.count >= 2 && DatasetPart(word: $0[0]) != nil }
        let depth = hasParts ? 1 : 0
        let hasClasses = ways.allSatisfy { $0.count > depth }
        let pattern = try settings.groupPattern.map { text throws(DatasetError) in
            try PathPattern(text, field: "group_pattern")
        }
        var builders: [AttributeReader] = []
        if let attributes = settings.attributes {
            for attribute in attributes { builders.append(try AttributeReader(attribute, path: settings.path)) }
        } else if hasClasses {
            builders = [AttributeReader(folderAt: depth, path: settings.path)]
        }
        for (file, way) in zip(pictures, ways) {
            for reader in builders.indices { try builders[reader].append(way, file: file) }
            files.append(file)
            groups.append(pattern?.word(in: file) ?? file)
            parts.append(hasParts && settings.usesSplit ? DatasetPart(word: way[0]) : nil)
        }
        labels = try LabelTable(builders.map(\.column))
        if hasParts {
            let names = Set(ways.map { $0[0] }).sorted().joined(separator: ", ")
            notes.append("the split is that of the folders \(names)")
        }
        if pattern == nil {
            notes.append("each image is a group of its own: no table and no group_pattern tells groups")
        }
    }

    private mutating func check(missing: [String], table: CSVTable, _ settings: DatasetSettings) throws(DatasetError) {
        guard let first = missing.first else { return }
        guard settings.onError == .skip, !files.isEmpty else {
            throw DatasetError(
                path: table.path, item: "\(missing.count) rows", expected: "the files they name",
                got: "no \(settings.path)/\(first)",
                remedy: files.isEmpty ? "check file_column" : "\"on_error\": \"skip\" leaves such rows out")
        }
        notes.append("\(missing.count) rows without files were left out, the first \(first)")
    }

    private mutating func check(unlisted: [String], table: CSVTable, _ settings: DatasetSettings) throws(DatasetError) {
        guard let first = unlisted.first else { return }
        guard settings.onError == .skip else {
            throw DatasetError(
                path: table.path, item: "\(unlisted.count) files", expected: "a row for each", got: "none for \(first)",
                remedy: "\"on_error\": \"skip\" leaves such files out")
        }
        notes.append("\(unlisted.count) files without rows were left out, the first \(first)")
    }
}
