/// The columns of WILDS's `metadata.csv` that say which patch a row is.
struct WILDSColumns {
    private let table: CSVTable
    private let places: [Int]

    /// One row: its file, and what is known of it.
    struct Patch {
        var file: String, patient: String, center: String
        var hasTumour: Bool
    }

    /// - Throws: `DatasetError` for a table without one of the columns.
    init(_ table: CSVTable) throws(DatasetError) {
        self.table = table
        var places: [Int] = []
        for name in ["patient", "node", "x_coord", "y_coord", "tumor", "center"] {
            places.append(try table.column(name))
        }
        self.places = places
    }

    /// The patch of row `number`, counted from 0 behind the header.
    ///
    /// - Throws: `DatasetError` for a tumour that is neither 0 nor 1.
    func patch(_ number: Int) throws(DatasetError) -> Patch {
        let fields = places.map { table.rows[number][$0] }
        guard fields[4] == "0" || fields[4] == "1" else {
            throw DatasetError(
                path: table.path, item: "row \(number + 2), column tumor", expected: "0 or 1", got: fields[4])
        }
        let patient = Self.padded(fields[0]), slide = "patient_\(patient)_node_\(fields[1])"
        return Patch(
            file: "patches/\(slide)/patch_\(slide)_x_\(fields[2])_y_\(fields[3]).png", patient: patient,
            center: fields[5], hasTumour: fields[4] == "1")
    }

    /// Patients have three digits, which programs that take them for numbers have lost.
    private static func padded(_ patient: String) -> String {
        String(repeating: "0", count: max(0, 3 - patient.count)) + patient
    }
}
