import Bytes
import Images

/// Pictures in files of their own below one folder, and what is said of each.
struct PictureFilesDataset: LabelledDataset {
    private let root: String
    private let files: [String]
    private let groups: [String]
    private let parts: [DatasetPart?]
    let table: LabelTable
    let fingerprint: String?
    let notes: [String]

    var count: Int { files.count }
    func group(_ index: Int) -> String { groups[index] }
    func part(_ index: Int) -> DatasetPart? { parts[index] }
    func name(_ index: Int) -> String { "\(root)/\(files[index])" }
    func pixels(_ index: Int) throws -> PixelImage { try PictureFile.read(name(index)) }

    /// - Parameter kind: whatever else the images depend on.
    init(root: String, rows: PictureRows, kind: DatasetSettings.Kind) {
        self.root = root
        (files, groups, parts, table, notes) = (rows.files, rows.groups, rows.parts, rows.labels, rows.notes)
        fingerprint = "\(kind) " + Self.fingerprint(root: root, files: rows.files)
    }

    private static func fingerprint(root: String, files: [String]) -> String {
        var accumulator = Digest.Accumulator()
        for file in files {
            let status = DatasetFiles.status("\(root)/\(file)")?.fingerprint ?? "gone"
            accumulator.append(Array("\(file)\n\(status)\n".utf8))
        }
        return accumulator.digest.hexadecimal
    }
}
