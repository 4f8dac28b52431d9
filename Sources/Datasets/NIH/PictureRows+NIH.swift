/// Kind `nih`: ChestX-ray14 of the NIH Clinical Center (Wang et al. 2017).
extension PictureRows {
    /// The names that the table has had.
    private static let tables = ["Data_Entry_2017_v2020.csv", "Data_Entry_2017.csv"]

    /// - Throws: `DatasetError` for a folder without the table, or rows and files that do not fit together.
    init(nih settings: DatasetSettings) throws(DatasetError) {
        self.init()
        let names = settings.table.map { [$0] } ?? Self.tables
        guard let name = names.first(where: { DatasetFiles.status("\(settings.path)/\($0)") != nil }) else {
            throw DatasetError(
                path: settings.path, expected: names.joined(separator: " or "), got: "neither",
                remedy: "the table stands beside the folders of images at NIH's download site")
        }
        // The header's names hold commas, so there are more fields in it than in rows.
        let table = try CSVTable(path: "\(settings.path)/\(name)", least: 7)
        let pictures = try PictureFile.list(below: settings.path)
        let places = Dictionary(pictures.map { (NIHEntry.file(of: $0), $0) }, uniquingKeysWith: { first, _ in first })
        let lists = try NIHLists(folder: settings.path, settings)
        var columns = try NIHColumns(settings, path: table.path)
        var named: Set<String> = []
        named.reserveCapacity(table.rows.count)
        var missing: [String] = []
        for (number, row) in table.rows.enumerated() {
            let entry = try NIHEntry(row, path: table.path, number: number + 2)
            guard named.insert(entry.image).inserted else {
                throw DatasetError(
                    path: table.path, item: "row \(number + 2)", expected: "each image once",
                    got: "\(entry.image) again")
            }
            guard let file = places[entry.image] else {
                missing.append(entry.image)
                continue
            }
            try columns.append(entry)
            files.append(file)
            groups.append(entry.patient)
            parts.append(lists.part(of: entry.image))
        }
        labels = try LabelTable(columns.builders)
        notes = ["groups are patients"] + lists.notes + (try NIHBoxes(folder: settings.path)?.notes ?? [])
        try check(missing: missing, table: table, settings)
        try check(unlisted: pictures.filter { !named.contains(NIHEntry.file(of: $0)) }, table: table, settings)
    }
}
