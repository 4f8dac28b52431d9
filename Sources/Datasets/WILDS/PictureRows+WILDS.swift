/// Kind `wilds`: Camelyon17 as WILDS cuts it into patches (Koh et al. 2021): `metadata.csv` and
/// `patches/patient_P_node_N/patch_patient_P_node_N_x_X_y_Y.png`.
extension PictureRows {
    /// The hospital whose slides WILDS tests with.
    private static let testCenter = "2"

    /// - Throws: `DatasetError` for a folder without the table, or rows and files that do not fit together.
    init(wilds settings: DatasetSettings) throws(DatasetError) {
        self.init()
        let table = try CSVTable(path: "\(settings.path)/\(settings.table ?? "metadata.csv")")
        let columns = try WILDSColumns(table)
        let pictures = try PictureFile.list(below: settings.path)
        let present = Set(pictures)
        var builders = try settings.attributeNames(among: ["tumour", "centre"], standard: ["tumour"]).map { name in
            LabelColumn(name: name, values: name == "tumour" ? ["no", "yes"] : nil, path: table.path)
        }
        var missing: [String] = []
        var named: Set<String> = []
        for number in table.rows.indices {
            let patch = try columns.patch(number)
            named.insert(patch.file)
            guard present.contains(patch.file) else {
                missing.append(patch.file)
                continue
            }
            for place in builders.indices {
                let value = builders[place].name == "tumour" ? (patch.hasTumour ? "yes" : "no") : patch.center
                try builders[place].append([value], place: patch.file)
            }
            files.append(patch.file)
            groups.append("patient \(patch.patient)")
            parts.append(settings.usesSplit && patch.center == Self.testCenter ? .test : nil)
        }
        labels = try LabelTable(builders)
        notes = ["groups are patients"]
        if settings.usesSplit { notes.append("centre \(Self.testCenter) is held back as WILDS's test part") }
        try check(missing: missing, table: table, settings)
        try check(unlisted: pictures.filter { !named.contains($0) }, table: table, settings)
    }
}
