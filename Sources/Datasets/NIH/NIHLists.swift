/// The official lists of images to train with and to test with, where they are there.
struct NIHLists {
    private var test: Set<String> = []
    private var training: Set<String> = []
    private(set) var notes: [String] = []

    /// - Throws: `DatasetError` for an image on both lists.
    init(folder: String, _ settings: DatasetSettings) throws(DatasetError) {
        guard settings.usesSplit else { return }
        let paths = ["\(folder)/train_val_list.txt", "\(folder)/test_list.txt"]
        guard paths.allSatisfy({ DatasetFiles.status($0) != nil }) else { return }
        training = try Self.names(paths[0])
        test = try Self.names(paths[1])
        if let both = training.first(where: test.contains) {
            throw DatasetError(path: paths[1], expected: "images on one list", got: "\(both) on both")
        }
        notes = ["test_list.txt holds \(test.count) images back"]
    }

    private static func names(_ path: String) throws(DatasetError) -> Set<String> {
        let text = String(decoding: try DatasetFiles.bytes(path, limit: CSVTable.mostBytes), as: UTF8.self)
        return Set(
            text.split(whereSeparator: \.isNewline).map { $0.split(separator: " ").first.map(String.init) ?? "" })
    }

    func part(of image: String) -> DatasetPart? {
        test.contains(image) ? .test : training.contains(image) ? .training : nil
    }
}

/// Boxes around findings, drawn by a radiologist: `BBox_List_2017.csv`.
struct NIHBoxes {
    /// A box in pixels of the image, which is 1024 wide and high.
    struct Box: Equatable {
        let finding: String
        let x: Double
        let y: Double
        let width: Double
        let height: Double
    }

    let boxes: [String: [Box]]
    var notes: [String] {
        ["BBox_List_2017.csv has \(boxes.values.reduce(0) { $0 + $1.count }) boxes in \(boxes.count) images"]
    }

    /// Nil where the folder has no such list.
    /// - Throws: `DatasetError` for a row that is no box.
    init?(folder: String) throws(DatasetError) {
        let path = "\(folder)/BBox_List_2017.csv"
        guard DatasetFiles.status(path) != nil else { return nil }
        var boxes: [String: [Box]] = [:]
        for (number, row) in try CSVTable(path: path, least: 6).rows.enumerated() {
            let sides = row[2..<6].compactMap { Double($0) }.filter { $0.isFinite && $0 >= 0 }
            // The list says Infiltrate where the table says Infiltration.
            let finding = row[1] == "Infiltrate" ? "Infiltration" : row[1]
            guard sides.count == 4, NIHEntry.allFindings.contains(finding) else {
                throw DatasetError(
                    path: path, item: "row \(number + 2)", expected: "image, finding, x, y, width, height",
                    got: row.prefix(6).joined(separator: ","))
            }
            boxes[row[0], default: []].append(
                Box(finding: finding, x: sides[0], y: sides[1], width: sides[2], height: sides[3]))
        }
        self.boxes = boxes
    }
}
