/// Kind `folder`: pictures with a table that says what they show, or one folder a class.
extension PictureRows {
    /// - Throws: `DatasetError` for a table, a column or a file that is not as it must be.
    init(folder settings: DatasetSettings) throws(DatasetError) {
        let pictures = try PictureFile.list(below: settings.path)
        let path = "\(settings.path)/\(settings.table ?? "labels.csv")"
        if settings.table != nil || DatasetFiles.status(path) != nil {
            self = try PictureRows(table: try CSVTable(path: path), pictures: pictures, settings)
        } else {
            self = try PictureRows(folders: pictures, settings)
        }
    }

    /// Columns that are taken where the settings name none, the first that is there.
    static let fileColumns = ["filename", "file", "image", "path"]
    static let groupColumns = [
        "patient_id", "patient", "subject", "subject_id", "slide", "source_tile", "dup_group", "group",
    ]

    /// The pictures of a table, one row each.
    private init(table: CSVTable, pictures: [String], _ settings: DatasetSettings) throws(DatasetError) {
        self.init()
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
        try checkGroups(by: pattern, settings)
    }

    /// One folder a class; above them there may be one folder a part (`train`, `val`, `test`). Pictures that lie in
    /// these themselves have no class.
    private init(folders pictures: [String], _ settings: DatasetSettings) throws(DatasetError) {
        self.init()
        let ways = pictures.map { $0.split(separator: "/").dropLast().map(String.init) }
        let hasParts = ways.allSatisfy { !$0.isEmpty && DatasetPart(word: $0[0]) != nil }
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
            let group = pattern?.word(in: file) ?? ""
            groups.append(group.isEmpty ? file : group)
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
        try checkGroups(by: pattern, settings)
    }

    /// A pattern that fits some images only leaves the others as groups of their own, which is said.
    /// - Throws: `DatasetError` for one that fits none: it tells no patients apart from others.
    private mutating func checkGroups(by pattern: PathPattern?, _ settings: DatasetSettings) throws(DatasetError) {
        guard let pattern, let text = settings.groupPattern else { return }
        let alone = zip(files, groups).filter { $0 == $1 && (pattern.word(in: $0) ?? "").isEmpty }.map(\.0)
        guard let first = alone.first else { return }
        guard alone.count < files.count else {
            throw DatasetError(
                path: settings.path, item: "group_pattern",
                expected: "one that fits the paths of images, such as \(first)",
                got: "\(text), which fits none of \(files.count)")
        }
        notes.append(
            "\(alone.count) images, the first \(first), are groups of their own: the pattern \(text) does not fit them")
    }
}
