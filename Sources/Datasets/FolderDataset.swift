import Bytes
import Images

/// Pictures in a folder, with a table that says what they show, or one folder a class.
struct FolderDataset: Dataset {
    private let root: String
    private let files: [String]
    private let groups: [String]
    private let parts: [DatasetPart?]
    private let table: LabelTable
    let fingerprint: String?
    let notes: [String]

    var count: Int { files.count }
    var attributes: [DatasetAttribute] { table.attributes }
    func labels(_ index: Int) -> DatasetLabels { table.labels(index) }
    func group(_ index: Int) -> String { groups[index] }
    func part(_ index: Int) -> DatasetPart? { parts[index] }
    func name(_ index: Int) -> String { "\(root)/\(files[index])" }
    func pixels(_ index: Int) throws -> PixelImage { try PictureFile.read(name(index)) }

    /// - Throws: `DatasetError` for a table, a column or a file that is not as it must be.
    init(_ settings: DatasetSettings) throws {
        root = settings.path
        let pictures = try DatasetFiles.list(below: root).filter(PictureFile.isPicture)
        guard !pictures.isEmpty else {
            throw DatasetError(
                path: root, expected: "pictures (\(PictureFile.endings.sorted().joined(separator: ", ")))", got: "none")
        }
        let path = "\(root)/\(settings.table ?? "labels.csv")"
        let rows: FolderRows
        if settings.table != nil || DatasetFiles.status(path) != nil {
            rows = try FolderRows(table: try CSVTable(path: path), pictures: pictures, settings)
        } else {
            rows = try FolderRows(folders: pictures, settings)
        }
        (files, groups, parts, table, notes) = (rows.files, rows.groups, rows.parts, rows.labels, rows.notes)
        fingerprint = Self.fingerprint(root: root, files: rows.files)
    }

    private static func fingerprint(root: String, files: [String]) -> String {
        var accumulator = Digest.Accumulator()
        for file in files {
            let status = DatasetFiles.status("\(root)/\(file)")?.fingerprint ?? "gone"
            accumulator.append(Array("\(file)\n\(status)\n".utf8))
        }
        return "folder \(accumulator.digest)"
    }
}
