/// Kind `wilds`: Camelyon17 as WILDS cuts it into patches (Koh et al. 2021): `metadata.csv` and
/// `patches/patient_P_node_N/patch_patient_P_node_N_x_X_y_Y.png`.
extension PictureRows {
    /// The hospital whose slides WILDS tests with.
    private static let testCenter = "2"

    /// - Throws: `DatasetError` for a folder without the table, or rows and files that do not fit together.
    init(wilds settings: DatasetSettings) throws(DatasetError) {
        self.init()
        let table = try CSVTable(path: "\(settings.path)/\(settings.table ?? "metadata.csv")")
        var places: [Int] = []
        for name in ["patient", "node", "x_coord", "y_coord", "tumor", "center"] {
            places.append(try table.column(name))
        }
        let pictures = try PictureFile.list(below: settings.path)
        let present = Set(pictures)
        var builders = try settings.attributeNames(among: ["tumour", "centre"], standard: ["tumour"]).map { name in
            LabelColumn(name: name, values: name == "tumour" ? ["no", "yes"] : nil, path: table.path)
        }
        var missing: [String] = []
        var named: Set<String> = []
        for (number, row) in table.rows.enumerated() {
            let fields = places.map { row[$0] }
            let slide = "patient_\(Self.padded(fields[0]))_node_\(fields[1])"
            let file = "patches/\(slide)/patch_\(slide)_x_\(fields[2])_y_\(fields[3]).png"
            guard fields[4] == "0" || fields[4] == "1" else {
                throw DatasetError(
                    path: table.path, item: "row \(number + 2), column tumor", expected: "0 or 1", got: fields[4])
            }
            named.insert(file)
            guard present.contains(file) else {
                missing.append(file)
                continue
            }
            for place in builders.indices {
                let isTumour = builders[place].name == "tumour"
                try builders[place].append([isTumour ? (fields[4] == "1" ? "yes" : "no") : fields[5]], place: file)
            }
            files.append(file)
            groups.append("patient \(Self.padded(fields[0]))")
            parts.append(settings.usesSplit && fields[5] == Self.testCenter ? .test : nil)
        }
        labels = try LabelTable(builders)
        notes = ["groups are patients"]
        if settings.usesSplit { notes.append("centre \(Self.testCenter) is held back as WILDS's test part") }
        try check(missing: missing, table: table, settings)
        try check(unlisted: pictures.filter { !named.contains($0) }, table: table, settings)
    }

    /// Patients have three digits, which programs that take them for numbers have lost.
    private static func padded(_ patient: String) -> String {
        String(repeating: "0", count: max(0, 3 - patient.count)) + patient
    }
}
