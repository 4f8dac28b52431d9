/// One row of ChestX-ray14's table, its fields by their position.
struct NIHEntry {
    /// The name of the image's file, without folders.
    let image: String
    let findings: [String]
    let patient: String
    /// Years; nil where it is beyond what people reach, as in 16 rows of 2017's table.
    let age: Int?
    /// `M` or `F`.
    let sex: String
    /// `PA` or `AP`.
    let view: String

    /// What is found, in the order of the paper's table 1, and nothing.
    static let allFindings = [
        "Atelectasis", "Cardiomegaly", "Effusion", "Infiltration", "Mass", "Nodule", "Pneumonia", "Pneumothorax",
        "Consolidation", "Edema", "Emphysema", "Fibrosis", "Pleural_Thickening", "Hernia", "No Finding",
    ]
    private static let oldest = 120

    /// - Throws: `DatasetError` for a field that is not as it must be.
    init(_ row: [String], path: String, number: Int) throws(DatasetError) {
        func refuse(_ column: Int, _ expected: String) -> DatasetError {
            DatasetError(
                path: path, item: "row \(number), field \(column + 1)", expected: expected, got: "\"\(row[column])\"")
        }
        image = row[0]
        guard image.hasSuffix(".png"), !image.contains("/") else { throw refuse(0, "the name of a .png file") }
        findings = row[1].split(separator: "|").map(String.init)
        guard !findings.isEmpty else { throw refuse(1, "findings, or No Finding") }
        guard findings == ["No Finding"] || !findings.contains("No Finding") else {
            throw refuse(1, "No Finding alone")
        }
        patient = row[3]
        guard Int(patient) != nil else { throw refuse(3, "a patient's number") }
        guard let years = Self.years(row[4]) else { throw refuse(4, "an age") }
        age = years <= Self.oldest ? years : nil
        (sex, view) = (row[5], row[6])
        guard sex == "M" || sex == "F" else { throw refuse(5, "M or F") }
        guard view == "PA" || view == "AP" else { throw refuse(6, "PA or AP") }
    }

    /// Years out of `60`, `060Y`, `011M` or `003D`; nil for anything else.
    static func years(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { return nil }
        switch text.dropFirst(digits.count) {
        case "", "Y": return number
        case "M": return number / 12
        case "D": return number / 365
        default: return nil
        }
    }

    /// The name of a path's file.
    static func file(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }
}

/// The attributes that the table can give.
struct NIHColumns {
    private(set) var builders: [LabelColumn] = []

    /// Years from which the next value of `age` begins.
    private static let ageEnds = [18, 40, 60, 80]
    private static let ages = ["0-17", "18-39", "40-59", "60-79", "80 and above"]

    /// - Throws: `DatasetError` for an attribute that the table does not give.
    init(_ settings: DatasetSettings, path: String) throws(DatasetError) {
        let known: [(String, [String], multiple: Bool)] = [
            ("finding", NIHEntry.allFindings, true), ("view", ["PA", "AP"], false), ("sex", ["F", "M"], false),
            ("age", Self.ages, false),
        ]
        let names = try settings.attributeNames(among: known.map(\.0), standard: ["finding", "view"])
        for name in names {
            for (word, values, isMultiple) in known where word == name {
                builders.append(LabelColumn(name: name, multiple: isMultiple, values: values, path: path))
            }
        }
    }

    mutating func append(_ entry: NIHEntry) throws(DatasetError) {
        for place in builders.indices {
            let values: [String]
            switch builders[place].name {
            case "finding": values = entry.findings
            case "view": values = [entry.view]
            case "sex": values = [entry.sex]
            default: values = entry.age.map { [Self.band($0)] } ?? []
            }
            try builders[place].append(values, place: entry.image)
        }
    }

    private static func band(_ age: Int) -> String { ages[ageEnds.count { $0 <= age }] }
}
